package lmnop.router.edge;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Netty's encoder for answers, told which request an answer belongs to. */
final class AnswerEncoder extends HttpResponseEncoder {
  private boolean head;

  /** The next answer is to a HEAD request: it has a body's length and no body. */
  void expectHead(boolean isHead) {
    head = isHead;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse answer) {
    boolean interim = answer.status().code() < 200;
    return (head && !interim) || super.isContentAlwaysEmpty(answer);
  }
}
