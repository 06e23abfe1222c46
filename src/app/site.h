/* site.h -- what the server offers: every layer's routes and schemas, and the pages. */
#ifndef APP_SITE_H
#define APP_SITE_H

#include "http/route.h"

/* Fills routes, schemas, assets and page of `c`. */
void site_config(struct http_config *c);

#endif
