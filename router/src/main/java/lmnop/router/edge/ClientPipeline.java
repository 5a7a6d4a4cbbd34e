package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SniHandler;
import lmnop.router.tls.Certificates;

/**
 * The handlers of a client's connection, in groups: what secures the bytes, what makes requests of
 * them, and the connection's own logic.
 */
final class ClientPipeline {
  /** A first message of a handshake is a few hundred bytes; keys against quanta need 2 KiB. */
  private static final int LONGEST_HELLO = 16 * 1024;

  private ClientPipeline() {}

  /** What a plain connection begins with. */
  static void plain(Channel channel, Lane lane, boolean internal) {
    channel.pipeline().addLast("greeting", new Greeting(lane, channel, false, internal));
  }

  /** What an encrypted connection begins with. */
  static void secure(Channel channel, Lane lane, Certificates certificates) {
    long patience = lane.settings().handshakeTime().toMillis();
    channel
        .pipeline()
        .addLast("security", new SniHandler(certificates, LONGEST_HELLO, patience))
        .addLast("greeting", new Greeting(lane, channel, true, false));
  }

  static void http1(Channel channel, Lane lane, Peer peer) {
    RequestDecoder decoder = new RequestDecoder(lane.settings());
    AnswerEncoder encoder = new AnswerEncoder();
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast("protocol.encoder", encoder);
    pipeline.addLast("protocol.decoder", decoder);
    pipeline.addLast("protocol.crumbs", new Crumbs());
    pipeline.addLast("traffic", new ClientConnection(lane, channel, peer, decoder, encoder));
  }

  static void http2(Channel channel, Lane lane, Peer peer) {
    channel.pipeline().addLast("traffic", Http2Client.of(lane, channel, peer));
  }
}
