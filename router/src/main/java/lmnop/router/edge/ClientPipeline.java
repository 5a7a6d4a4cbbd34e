package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;

/**
 * The handlers of a client's connection, in groups: what secures the bytes, what makes requests of
 * them, and the connection's own logic.
 */
final class ClientPipeline {
  private ClientPipeline() {}

  static void assemble(Channel channel, Lane lane) {
    http1(channel, lane);
  }

  private static void http1(Channel channel, Lane lane) {
    RequestDecoder decoder = new RequestDecoder(lane.settings());
    AnswerEncoder encoder = new AnswerEncoder();
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast("protocol.encoder", encoder);
    pipeline.addLast("protocol.decoder", decoder);
    pipeline.addLast("protocol.crumbs", new Crumbs());
    pipeline.addLast("traffic", new ClientConnection(lane, channel, decoder, encoder));
  }
}
