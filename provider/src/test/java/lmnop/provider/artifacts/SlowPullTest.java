package lmnop.provider.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import lmnop.images.Registry;
import lmnop.images.RegistrySettings;
import lmnop.testkit.ImageRegistry;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** An image of a real registry that comes slowly. */
@RequiresTool("docker-registry")
@Timeout(60)
final class SlowPullTest {
  private static final int HALF = 8; // portions of half a MiB
  private static final int REST = 100;

  @TempDir Path directory;
  private ImageRegistry server;
  private SlowRegistry slow;
  private Artifacts artifacts;

  @BeforeEach
  void open() throws IOException {
    server = ImageRegistry.open();
    slow = new SlowRegistry(server.host());
    artifacts =
        new Artifacts(
            directory.resolve("artifacts"),
            directory.resolve("data"),
            "boot",
            new ImageSettings(
                new RegistrySettings(List.of(slow.host()), null, null),
                DataSize.ofMegabytes(8),
                100,
                DataSize.ofMegabytes(64),
                Duration.ofSeconds(50)),
            Clock.systemUTC());
  }

  @AfterEach
  void close() {
    slow.close();
    artifacts.close();
    server.close();
  }

  @Test
  void whoWaitsIsToldHowMuchHasComeAndItIsPulledOnce() throws Exception {
    String name = mebibyte();
    await().until(() -> told(name), words -> words.endsWith("is being pulled: 0.0 of 1.0 MiB"));
    slow.let(HALF);
    await().until(() -> told(name), words -> words.endsWith("is being pulled: 0.5 of 1.0 MiB"));
    slow.let(REST);
    assertThat(((Image) artifacts.open(name)).root().resolve("noise")).hasSize(1 << 20);
    assertThat(slow.large()).isEqualTo(1);
  }

  /** Pushes an image of a MiB; its name, as it is pulled through what is slow. */
  private String mebibyte() throws IOException, InterruptedException {
    byte[] noise = new byte[1 << 20];
    new Random(1).nextBytes(noise);
    try (Registry registry =
        new Registry(new RegistrySettings(List.of(server.host()), null, null))) {
      return TestImage.of(new TestLayer().file("noise", 0644, noise))
          .with("Cmd", List.of("/run"))
          .into(registry, server.host() + "/team/app")
          .toString()
          .replace(server.host(), slow.host());
    }
  }

  private String told(String name) {
    try {
      artifacts.open(name, Duration.ofMillis(50));
      return "it is here";
    } catch (UnusableArtifact e) {
      assertThat(e.isPassing()).as(e.getMessage()).isTrue();
      return String.valueOf(e.getMessage());
    }
  }
}
