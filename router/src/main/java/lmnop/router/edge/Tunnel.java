package lmnop.router.edge;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import lmnop.router.outcome.Outcome;

/**
 * What a request becomes once client and function have agreed to speak another protocol, WebSocket
 * for example: bytes pass through both ways as they come, each side no faster than the other takes
 * them, until one of them closes.
 */
final class Tunnel {
  private static final long SILENCE = Duration.ofSeconds(1).toNanos();

  private final Exchange exchange;
  private final ClientConnection client;
  private final OriginConnection origin;
  private long moved = System.nanoTime();
  private long looked = moved;
  private boolean broken;
  private boolean ended;

  Tunnel(Exchange exchange, ClientConnection client, OriginConnection origin) {
    this.exchange = exchange;
    this.client = client;
    this.origin = origin;
  }

  /**
   * Takes both connections over; the answer that agreed is written already. What has come early on
   * one of them is passed on in the middle of this, so both must take plain bytes before.
   */
  void open() {
    origin.takesBytes();
    client.takesBytes();
    client.lane().guests().tunnels++;
    origin.becomes(this);
    client.becomes(this);
  }

  void fromClient(ByteBuf bytes) {
    if (ended) {
      bytes.release();
      return;
    }
    moved = System.nanoTime();
    origin.write(bytes);
    if (!origin.isWritable()) {
      client.holdUpload(true);
    }
  }

  void fromOrigin(ByteBuf bytes) {
    if (ended) {
      bytes.release();
      return;
    }
    moved = System.nanoTime();
    client.send(bytes);
    if (!client.isWritable()) {
      origin.stopReading(true);
    }
  }

  void clientWritable() {
    moved = System.nanoTime();
    origin.stopReading(false);
  }

  void originWritable() {
    moved = System.nanoTime();
    client.holdUpload(false);
  }

  /** Whether nothing has moved for longer than is allowed, or the function is gone. */
  boolean isIdle(long now) {
    if (now - Math.max(moved, looked) > SILENCE) {
      looked = now;
      broken = origin.isBroken();
    }
    return broken || now - moved > exchange.patience().tunnelIdleNanos();
  }

  /** Ends both sides, each after what is still on its way to it. */
  void end() {
    if (!ended) {
      ended = true;
      client.lane().guests().tunnels--;
      exchange.settle(Outcome.ANSWERED);
      origin.closeAfterWrites();
      client.leaveTunnel();
    }
  }
}
