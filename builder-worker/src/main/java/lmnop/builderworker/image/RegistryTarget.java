package lmnop.builderworker.image;

import java.io.IOException;
import java.nio.file.Path;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.Repository;
import lmnop.operations.archive.Digest;

/** A repository of a registry, under two addresses. */
final class RegistryTarget implements ImageTarget {
  private final Repository repository;
  private final Reference pull;
  private final String tag;

  /**
   * A repository.
   *
   * @param tag which the image gets as well, as registries clear away what has none
   */
  RegistryTarget(Registry registry, Reference push, Reference pull, String tag) {
    this.repository = registry.toPush(push);
    this.pull = pull;
    this.tag = tag;
  }

  @Override
  public boolean has(Digest part) throws IOException, InterruptedException {
    return repository.has(part);
  }

  @Override
  public boolean takeOver(Digest part, Reference from) throws IOException, InterruptedException {
    return repository.takeOver(part, from);
  }

  @Override
  public void put(Digest part, Path file) throws IOException, InterruptedException {
    repository.send(part, file);
  }

  @Override
  public String finish(byte[] manifest) throws IOException, InterruptedException {
    repository.sendManifest(manifest, tag);
    return pull.at(Digest.of(manifest)).toString();
  }
}
