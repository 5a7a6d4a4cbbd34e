package lmnop.router.edge;

import io.netty.handler.codec.http.HttpObject;

/** The client's end of one request, whatever protocol its connection speaks. */
interface Caller {
  Lane lane();

  Peer peer();

  /** What the connection says of where its requests come from. */
  Forwarding forwarding();

  /** What the request came by, for people. */
  String protocol();

  /** Whether the client reads trailers, whatever it says of them. */
  boolean readsTrailers();

  /** Whether the request came by HTTP/1.0. */
  boolean speaksOld();

  /** Whether the client would send another request on this connection. */
  boolean wantsToStay();

  /** Whether the client takes more of the answer. */
  boolean isWritable();

  /** What the connection's last request led to. */
  LastEntrance entrances();

  /** Writes a part of the answer; the flush comes at the end of the loop's turn. */
  void write(HttpObject part);

  /** Stops the rest of the request while the function takes no more of it, or lets it come. */
  void holdUpload(boolean hold);

  /**
   * The request has its whole answer.
   *
   * @param stays whether the answer said that the connection stays open
   */
  void exchangeEnded(Exchange ended, boolean stays);

  /** Ends the request so that the client sees that its answer is not whole. */
  void abort();

  /** From here on client and function speak another protocol, which passes through. */
  void switchProtocols(Exchange ended, OriginConnection origin);
}
