package lmnop.controlplane.gateway;

import java.util.Map;
import lmnop.controlplane.gateway.GatewayApi.Answer;
import lmnop.controlplane.web.Right;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.ProviderInfo;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/** What the platform is, and which namespaces it has. */
final class PlatformCalls {
  private static final ProviderInfo.Version VERSION = new ProviderInfo.Version("", "", "1.0.0");

  private final FunctionProvider provider;
  private final Namespaces namespaces;

  PlatformCalls(GatewayApi.Needs needs, Namespaces namespaces) {
    this.provider = needs.provider();
    this.namespaces = namespaces;
  }

  /**
   * What a gateway says of itself.
   *
   * @param provider null while it is away
   */
  private record Info(@Nullable ProviderInfo provider, ProviderInfo.Version version, String arch) {}

  /** A namespace, of which nothing more is known. */
  private record Namespace(
      String name, Map<String, String> annotations, Map<String, String> labels) {}

  Answer info() {
    return Answer.of(new Info(known(), VERSION, ""));
  }

  private @Nullable ProviderInfo known() {
    try {
      return provider.info();
    } catch (ProviderException e) {
      return null;
    }
  }

  Answer namespaces(GatewayCall call) {
    return Answer.of(namespaces.of(call.actor()));
  }

  Answer namespace(GatewayCall call) {
    OwnerName owner = namespaces.named(call.actor(), call.name());
    namespaces.require(call.actor(), Right.READ, owner);
    return Answer.of(new Namespace(owner.value(), Map.of(), Map.of()));
  }
}
