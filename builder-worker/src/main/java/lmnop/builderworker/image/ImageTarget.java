package lmnop.builderworker.image;

import java.io.IOException;
import java.nio.file.Path;
import lmnop.images.Reference;
import lmnop.operations.archive.Digest;

/** Where an image goes, part by part. */
public interface ImageTarget {
  /** Whether a part is there already. */
  boolean has(Digest part) throws IOException, InterruptedException;

  /**
   * Has a part come there from where an image is, without its bytes; false where that cannot be.
   */
  default boolean takeOver(Digest part, Reference from) throws IOException, InterruptedException {
    return false;
  }

  /** Puts a configuration or a layer there. */
  void put(Digest part, Path file) throws IOException, InterruptedException;

  /**
   * Puts the manifest there, after all that it names.
   *
   * @return how deployments name the image
   */
  String finish(byte[] manifest) throws IOException, InterruptedException;
}
