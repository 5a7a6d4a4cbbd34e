package lmnop.builderworker.image;

import java.util.Optional;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.images.Reference;
import lmnop.images.Registry;
import org.jspecify.annotations.Nullable;

/** Chooses where an image goes. */
public final class ImageTargets {
  private final ArtifactStore store;
  private final Registry registry;
  private final @Nullable String push;
  private final @Nullable String pull;

  public ImageTargets(ArtifactStore store, Registry registry, ImageBuildSettings settings) {
    this.store = store;
    this.registry = registry;
    this.push = settings.push();
    this.pull = settings.pull() == null ? settings.push() : settings.pull();
  }

  /** The artifact store of this machine. */
  public ImageTarget store() {
    return new StoreTarget(store);
  }

  /** A function's repository, if the operator has set a registry. */
  public Optional<ImageTarget> registry(String owner, String function, String tag) {
    if (push == null) {
      return Optional.empty();
    }
    String name = "/" + owner + "/" + function;
    return Optional.of(
        new RegistryTarget(
            registry, Reference.parse(push + name), Reference.parse(pull + name), tag));
  }
}
