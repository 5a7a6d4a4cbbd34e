package lmnop.controlplane.gateway;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.web.Refusal;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;
import org.springframework.http.HttpStatus;

/** What an image is called that never changes. */
public final class DeployedImages implements AutoCloseable {
  /** What the artifact of a build begins with that is in no registry. */
  static final String BUNDLE = "bundle@";

  private static final String USUAL_TAG = "latest";

  private final Registry registry;

  public DeployedImages(DeployedImageSettings settings) {
    this.registry = new Registry(settings.registries(), settings.privateRegistries());
  }

  /** The artifact that an image names now: a tag is looked up, and its digest stays. */
  String artifact(String image) throws InterruptedException {
    if (image.startsWith(BUNDLE)) {
      return image;
    }
    Reference reference = reference(image);
    try {
      registry.require(reference); // also where it is not asked here: an engine will
      Digest digest = reference.digest();
      return reference
          .at(
              digest == null
                  ? registry
                      .toPull(reference)
                      .resolve(Objects.requireNonNullElse(reference.tag(), USUAL_TAG))
                  : digest)
          .toString();
    } catch (UnusableImage e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'image' is '%s': %s.".formatted(image, e.getMessage()));
    } catch (IOException e) {
      throw new Refusal(
          HttpStatus.SERVICE_UNAVAILABLE,
          "'image' is '%s': %s.".formatted(image, e.getMessage()),
          Map.of("Retry-After", "5"));
    }
  }

  private static Reference reference(String image) {
    try {
      return Reference.parse(image);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'image' is '%s': %s.".formatted(image, e.getMessage()));
    }
  }

  @Override
  public void close() {
    registry.close();
  }
}
