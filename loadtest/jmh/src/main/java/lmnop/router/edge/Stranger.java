package lmnop.router.edge;

import io.netty.handler.codec.http.HttpObject;

/** A client whose word counts for nothing, and who gets no answer. */
final class Stranger implements Caller {
  private final Lane lane;
  private final Peer peer;
  private final Forwarding forwarding;
  private final LastEntrance entrances;

  Stranger(Lane lane, Peer peer) {
    this.lane = lane;
    this.peer = peer;
    this.forwarding = Forwarding.of(peer);
    this.entrances = new LastEntrance(lane.context().resolver());
  }

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Forwarding forwarding() {
    return forwarding;
  }

  @Override
  public String protocol() {
    return "HTTP/1.1";
  }

  @Override
  public boolean readsTrailers() {
    return false;
  }

  @Override
  public boolean speaksOld() {
    return false;
  }

  @Override
  public boolean wantsToStay() {
    return true;
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public LastEntrance entrances() {
    return entrances;
  }

  @Override
  public void write(HttpObject part) {}

  @Override
  public void holdUpload(boolean hold) {}

  @Override
  public void exchangeEnded(Exchange ended, boolean stays) {}

  @Override
  public void abort() {}

  @Override
  public void switchProtocols(Exchange ended, OriginConnection origin) {}
}
