import type { Signal } from './call';

export type LinkState = 'connecting' | 'connected' | 'broken';

interface PeerEvents {
  send(signal: Signal): void;
  state(state: LinkState): void;
  /** What the other side shows; the same stream each time. */
  remote(stream: MediaStream): void;
}

const KINDS = ['audio', 'video'] as const;

/**
 * One connection of two browsers. Only the caller makes offers, so they never cross; who answered asks for a new one
 * when the way is lost. Both sides have a place for sound and picture from the beginning: a camera that comes later,
 * or is another one, changes nothing in what was agreed.
 */
export class Peer {
  private readonly link: RTCPeerConnection;
  private readonly remote = new MediaStream();
  private readonly early: RTCIceCandidateInit[] = [];

  constructor(
    ice: RTCIceServer[],
    private readonly calls: boolean,
    private local: MediaStream,
    private readonly on: PeerEvents,
  ) {
    this.link = new RTCPeerConnection({ iceServers: ice });
    this.link.onicecandidate = ({ candidate }) => {
      if (candidate) on.send({ kind: 'candidate', body: JSON.stringify(candidate) });
    };
    this.link.onconnectionstatechange = () => this.tellState();
    this.link.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      on.remote(this.remote);
    };
    if (!calls) return;
    for (const kind of KINDS)
      this.link.addTransceiver(this.track(kind) ?? kind, { direction: 'sendrecv', streams: [local] });
  }

  private track(kind: string): MediaStreamTrack | null {
    return this.local.getTracks().find((one) => one.kind === kind) ?? null;
  }

  private tellState(): void {
    const { connectionState: state } = this.link;
    if (state === 'connected') this.on.state('connected');
    else if (state === 'disconnected' || state === 'failed') this.on.state('broken');
    else if (state === 'connecting') this.on.state('connecting');
  }

  async offer(iceRestart = false): Promise<void> {
    await this.link.setLocalDescription(await this.link.createOffer({ iceRestart }));
    this.on.send({ kind: 'offer', body: JSON.stringify(this.link.localDescription) });
  }

  /** The way is lost: look for another one. */
  async restart(): Promise<void> {
    if (this.calls) await this.offer(true);
    else this.on.send({ kind: 'restart', body: '' });
  }

  private async answer(offer: RTCSessionDescriptionInit): Promise<void> {
    await this.link.setRemoteDescription(offer);
    for (const one of this.link.getTransceivers()) {
      one.direction = 'sendrecv';
      await one.sender.replaceTrack(this.track(one.receiver.track.kind));
    }
    await this.link.setLocalDescription(await this.link.createAnswer());
    this.on.send({ kind: 'answer', body: JSON.stringify(this.link.localDescription) });
  }

  private async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.link.remoteDescription) this.early.push(candidate);
    // One of a way that is given up already is of no use, and no harm.
    else await this.link.addIceCandidate(candidate).catch(() => undefined);
  }

  async take({ kind, body }: Signal): Promise<void> {
    if (kind === 'restart') {
      if (this.calls) await this.offer(true);
      return;
    }
    const said = JSON.parse(body) as RTCSessionDescriptionInit & RTCIceCandidateInit;
    if (kind === 'candidate') return this.addCandidate(said);
    if (kind === 'offer') await this.answer(said);
    else if (this.link.signalingState === 'have-local-offer') await this.link.setRemoteDescription(said);
    while (this.early.length) await this.addCandidate(this.early.shift() as RTCIceCandidateInit);
  }

  /** Another camera, or another microphone, from now on. */
  async replace(local: MediaStream): Promise<void> {
    this.local = local;
    for (const one of this.link.getTransceivers())
      await one.sender.replaceTrack(this.track(one.receiver.track.kind));
  }

  close(): void {
    this.link.onconnectionstatechange = null;
    this.link.close();
  }
}
