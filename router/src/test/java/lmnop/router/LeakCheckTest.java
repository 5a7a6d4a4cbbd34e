package lmnop.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The check that all other tests rely on sees a leak. */
final class LeakCheckTest {
  @Test
  void findsABufferThatNobodyReleased() {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    List<String> found = new ArrayList<>();
    leak();
    await()
        .until(() -> {
          System.gc();
          PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
          found.addAll(LeakCheck.taken());
          return !found.isEmpty();
        });
    assertThat(found).hasSize(1);
    assertThat(found.getFirst()).contains("LeakCheckTest");
  }

  private static void leak() {
    ByteBuf lost = PooledByteBufAllocator.DEFAULT.directBuffer(16);
    assertThat(lost.refCnt()).isEqualTo(1);
  }
}
