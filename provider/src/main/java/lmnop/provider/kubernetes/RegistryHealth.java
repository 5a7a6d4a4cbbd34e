package lmnop.provider.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.ImageReader;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.RegistrySettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an image's registry what the image says of itself. Whoever deploys does not wait for long.
 */
final class RegistryHealth implements ImageHealth, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RegistryHealth.class);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final Registry registry;
  private final String architecture;

  RegistryHealth(RegistrySettings settings) {
    this.registry = new Registry(settings);
    String processor = System.getProperty("os.arch"); // house-rule exception: which machine this is
    this.architecture = ImageManifest.architecture(processor);
  }

  @Override
  public Optional<String> label(String image) {
    FutureTask<Optional<String>> asking = new FutureTask<>(() -> read(image));
    Thread thread = Thread.ofVirtual().name("image-" + image).start(asking);
    try {
      return asking.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      log.warn("what {} says of its health is not known; it is asked for {}", image, USUAL);
      log.debug("{}", image, e);
      thread.interrupt();
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** What a tag names may be another image tomorrow, so that nothing is known of it. */
  private Optional<String> read(String image) throws IOException, InterruptedException {
    Reference reference = Reference.parse(image);
    if (reference.digest() == null) {
      return Optional.empty();
    }
    ImageReader read =
        ImageReader.read(registry.toPull(reference), reference.requireDigest(), architecture);
    return Optional.ofNullable(read.config().label(ImageConfig.HEALTH_LABEL));
  }

  @Override
  public void close() {
    registry.close();
  }
}
