package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A listener that cannot accept, and how many are let in before that happens. */
final class AcceptFailuresTest {
  @Test
  void aListenerThatCannotAcceptRestsAndTriesAgain() {
    EmbeddedChannel listener = new EmbeddedChannel(new AcceptFailures());
    listener.freezeTime();
    for (int i = 0; i < 100; i++) {
      listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    }
    assertThat(listener.config().isAutoRead()).isFalse();
    listener.advanceTimeBy(1, TimeUnit.SECONDS);
    listener.runScheduledPendingTasks();
    assertThat(listener.config().isAutoRead()).isTrue();
    listener.checkException(); // nothing reached the end of the pipeline, where it is logged
    listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    assertThat(listener.config().isAutoRead()).isFalse();
    listener.finishAndReleaseAll();
  }

  @Test
  void asManyAreLetInAsThereAreDescriptorsFor() {
    assertThat(Descriptors.clients(10_000, 1_000_000)).isEqualTo(10_000);
    assertThat(Descriptors.clients(10_000, 1064)).isEqualTo(500);
    assertThat(Descriptors.clients(10_000, 10)).isEqualTo(16);
    assertThat(Descriptors.clients(5, 10)).isEqualTo(5);
  }
}
