/* The types of beckon.js. What events mean, the protocol's description says; who may send them, and
 * who gets them, too. */

/// <reference lib="dom" />

export interface ClientInfo {
  clientId: string;
  displayName: string;
}

/** As the receiver sees it: a host who presents is `screenshare` too, and stays among the hosts. */
export type Role = 'host' | 'participant' | 'screenshare' | 'waiting';

export interface RoomState extends ClientInfo {
  role: Role;
  /** When the token ends; ms since 1970, like all times. */
  expires: number;
  roomId: string;
  epoch: string;
  /** Lists are cut at 200 people; participantCount tells the truth. */
  hosts: ClientInfo[];
  participants: ClientInfo[];
  participantCount: number;
  waitingUsers: ClientInfo[];
  /** In the order raised. */
  handsRaised: ClientInfo[];
  sharingScreen: ClientInfo[];
  unmuted: ClientInfo[];
  cameraOn: ClientInfo[];
  locked: boolean;
  lobby: boolean;
  policy: { screenshare: 'open' | 'ask' };
  features: string[];
  /** With credentials that are good: others are asked for before they end. */
  iceServers: RTCIceServer[];
  limits: Record<string, number>;
  recovered?: boolean;
}

/** Somebody something was done to, and where it was somebody else, by whom. */
export interface Subject extends ClientInfo {
  by?: ClientInfo;
}

export interface ChatMessage extends ClientInfo {
  chatId: string;
  chatContent: string;
  timestamp: number;
  edited?: number;
  /** Private: for this one and its sender alone. */
  targetClientId?: string;
}

export interface Bye {
  code: number;
  reason: string;
  reconnect: boolean;
  retryAfterMs: number;
  by?: ClientInfo;
  message?: string;
}

export interface Signal {
  targetClientId: string;
  [field: string]: unknown;
}
export interface Description extends Signal {
  sdp: unknown;
}
export interface Candidate extends Signal {
  candidate: unknown;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
}

export interface Status {
  name: 'idle' | 'connecting' | 'open' | 'retrying' | 'closed';
  /** Why, with `retrying` and `closed`: a word of the server's or of ours, and for people. */
  code?: string;
  message?: string;
  retryInMs?: number;
  /** With `open` after a return: does all that was missed follow? */
  recovered?: boolean;
  bye?: Bye;
}

/** What can be sent, with its payload. */
export interface Requests {
  offer: Description;
  answer: Description;
  candidate: Candidate;
  renegotiate: Signal;
  message: { targetClientId?: string; data: unknown; [field: string]: unknown };
  add_chat: { chatContent: string; chatId?: string; targetClientId?: string };
  edit_chat: { chatId: string; chatContent: string };
  delete_chat: { chatId: string };
  recents_chat: { limit?: number; before?: string };
  typing: { isTyping: boolean };
  reaction: { emoji: string; chatId?: string };
  raise_hand: { clientId?: string };
  lower_hand: { clientId?: string };
  toggle_audio: { enabled: boolean };
  toggle_video: { enabled: boolean };
  toggle_screenshare: { enabled: boolean };
  request_screenshare: Record<string, never>;
  accept_screenshare: { clientId: string };
  deny_screenshare: { clientId: string };
  stop_screenshare: { clientId: string };
  waiting_request: Record<string, never>;
  accept_waiting: { clientId: string };
  deny_waiting: { clientId: string };
  set_lobby: { enabled: boolean };
  set_policy: { screenshare: 'open' | 'ask' };
  lock_room: { locked: boolean };
  mute: { clientId: string; audio?: boolean; video?: boolean };
  kick: { clientId: string; reason?: string };
  ban: { clientId: string; reason?: string; seconds?: number };
  set_role: { clientId: string; role: 'host' | 'participant' };
  close_room: { reason?: string };
  refresh_token: { token: string };
  ping: Record<string, never>;
}

/** What listeners get, by the event's name. */
export interface Events {
  status: Status;
  state: RoomState;
  stalled: boolean;
  room_state: RoomState;
  connect: ClientInfo & { role: Role };
  disconnect: Subject & { reason: string; message?: string };
  role_changed: Subject & { role: Role };
  bye: Bye;
  token_expiring: { expires: number };
  announcement: { message: string };
  ack: Ack;
  error: { code: string; message: string; event: string | null; retryAfterMs?: number };
  ping: object;
  pong: object;
  offer: ClientInfo & Description;
  answer: ClientInfo & Description;
  candidate: ClientInfo & Candidate;
  renegotiate: ClientInfo & Signal;
  message: ClientInfo & { targetClientId?: string; data: unknown; [field: string]: unknown };
  add_chat: ChatMessage;
  edit_chat: ChatMessage & { edited: number };
  delete_chat: Subject & { chatId: string };
  recents_chat: ChatMessage[];
  typing: ClientInfo & { isTyping: boolean };
  reaction: ClientInfo & { emoji: string; chatId?: string };
  raise_hand: Subject;
  lower_hand: Subject;
  toggle_audio: Subject & { enabled: boolean };
  toggle_video: Subject & { enabled: boolean };
  toggle_screenshare: Subject & { enabled: boolean };
  request_screenshare: ClientInfo;
  accept_screenshare: Subject;
  deny_screenshare: Subject;
  stop_screenshare: Subject;
  waiting_request: ClientInfo;
  accept_waiting: Subject;
  deny_waiting: Subject;
  set_lobby: ClientInfo & { enabled: boolean };
  set_policy: ClientInfo & { screenshare: 'open' | 'ask' };
  lock_room: ClientInfo & { locked: boolean };
  mute: Subject & { audio: boolean; video: boolean };
}

export interface Ack {
  /** The place in the room's order. */
  seq?: number;
  /** After refresh_token: when the new one ends. */
  expires?: number;
}

/** The envelope of what the server sends. */
export interface Message<P = unknown> {
  event: string;
  payload: P;
  id?: string | number;
  seq?: number;
  ts: number;
}

export type Listener<P> = (payload: P, message: Message<P>) => void;

/** Why another token is wanted. */
export interface TokenRequest {
  reason: 'connect' | 'token_expiring' | 'expired' | 'token_expired' | 'token_invalid' | string;
}
export type TokenSource = string
  | ((request: TokenRequest) => string | null | undefined | Promise<string | null | undefined>);

export interface BeckonOptions {
  /** Of the service, `https://…`; in a page its own origin if absent. */
  url?: string | URL;
  endpoint?: 'zoom' | 'screenshare' | 'chat';
  room: string;
  token: TokenSource;
  /** What the server may do to save bytes; all that it knows if absent. */
  caps?: Array<'batch' | 'delta'>;
  /** Where there is no global one: the constructor to use, of `ws` for example. */
  WebSocket?: new (url: string) => unknown;
  /** Requests that may wait for a connection; 100. */
  queueLimit?: number;
  /** Bounds of the back-off, doubled from the first to the second; 500 and 30 000. */
  firstRetryMs?: number;
  maxRetryMs?: number;
  /** 30 000, and after 75 000 without a sign of life the connection is taken for lost. */
  pingMs?: number;
  silenceMs?: number;
  /** Without an answer for so long, `stalled` is told; 1000. */
  stallMs?: number;
}

export class BeckonError extends Error {
  readonly code: string;
  readonly event?: string;
  readonly retryAfterMs?: number;
  constructor(code: string, message: string, more?: { event?: string; retryAfterMs?: number });
}

export class Beckon {
  constructor(options: BeckonOptions);

  readonly state: RoomState | null;
  readonly status: Status['name'];
  readonly stalled: boolean;

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this;
  on(event: string, listener: Listener<any>): this;
  off<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this;
  off(event: string, listener: Listener<any>): this;

  connect(): Promise<RoomState>;
  retryNow(): void;
  useToken(token: TokenSource): void;
  send<E extends keyof Requests>(event: E, payload?: Requests[E]): boolean;
  request<E extends keyof Requests>(event: E, payload?: Requests[E],
    options?: { queue?: boolean }): Promise<Ack>;
  leave(): Promise<void>;
  close(): void;
}

export interface NegotiationOptions {
  self: string;
  peer: string;
  send(event: 'offer' | 'answer' | 'candidate', payload: any): Promise<unknown> | boolean;
  open(): RTCPeerConnection;
  begin?(connection: RTCPeerConnection): void;
  answering?(connection: RTCPeerConnection): void | Promise<void>;
  patienceMs?: number;
  onError?(error: Error): void;
}

export class Negotiation {
  constructor(options: NegotiationOptions);
  readonly connection: RTCPeerConnection;
  receive(event: 'offer' | 'answer' | 'candidate' | 'renegotiate', payload: any): void;
  resume(): void;
  close(): void;
}

/** An id nobody else makes, for a chatId. */
export function newId(): string;
