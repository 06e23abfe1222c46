/** WeChat, DingTalk, Alipay and 浙里办 show pages in a browser of their own, which does not save files. */
export const insideApp = (agent = navigator.userAgent): boolean =>
  /MicroMessenger|DingTalk|AlipayClient|AliApp|dtdreamweb/i.test(agent);
