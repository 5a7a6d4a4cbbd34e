package lmnop.controlplane.builds;

import java.util.function.Supplier;
import lmnop.providerapi.FunctionProvider;
import org.jspecify.annotations.Nullable;

/**
 * Which kind of artifact builds make: bundles where the process engine runs them, images of a
 * registry where anything else does. The provider is asked until it has answered, and then never
 * again.
 */
public final class ArtifactKind implements Supplier<String> {
  private static final String PROCESS_ENGINE = "process";

  private final FunctionProvider provider;
  private volatile @Nullable String known;

  public ArtifactKind(FunctionProvider provider) {
    this.provider = provider;
  }

  @Override
  public String get() {
    String kind = known;
    if (kind == null) {
      kind = PROCESS_ENGINE.equals(provider.info().orchestration()) ? "bundle" : "image";
      known = kind;
    }
    return kind;
  }
}
