package lmnop.builderworker.image;

import java.io.IOException;
import java.nio.file.Path;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.operations.archive.Digest;

/**
 * The artifact store as the blobs of an OCI layout: every part is a file by digest, and layers that
 * images have in common are there once.
 */
record StoreTarget(ArtifactStore store) implements ImageTarget {
  @Override
  public boolean has(Digest part) throws IOException {
    return store.has(part);
  }

  @Override
  public void put(Digest part, Path file) throws IOException {
    store.put(part, file);
  }

  @Override
  public String finish(byte[] manifest) throws IOException {
    return "bundle@" + store.put(manifest);
  }
}
