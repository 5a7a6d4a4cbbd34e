package lmnop.controlplane.builds;

import java.time.Duration;
import java.util.List;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionConfiguration.Preview;
import lmnop.controlplane.functions.Claimed;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.PreviewHosts;
import lmnop.controlplane.git.Deployer.Push;
import lmnop.registry.names.FunctionName;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a pushed branch takes before it is built as a preview: a host, and a time. */
final class PreviewClaims {
  private final PreviewHosts hosts;
  private final PreviewSettings settings;

  PreviewClaims(FunctionStore functions, PreviewSettings settings) {
    this.hosts = functions.previewHosts();
    this.settings = settings;
  }

  /** Reserves a host for each function; part of the surrounding transaction. */
  Mono<List<Claimed>> claim(Push push) {
    List<FunctionName> names = push.functions().stream().map(ConfiguredFunction::name).toList();
    return claim(push.repositoryId(), push.ref(), names);
  }

  /** The same for functions of a repository that were pushed before. */
  Mono<List<Claimed>> claim(long repository, String ref, List<FunctionName> names) {
    PreviewHosts.Limits limits =
        new PreviewHosts.Limits(settings.perFunction(), settings.perOwner());
    return Flux.fromIterable(names)
        .concatMap(name -> hosts.claim(repository, name, ref, limits))
        .collectList();
  }

  /** For how long the previews of a push live, all of them: the longest that one asks for. */
  Duration lifetime(Push push) {
    Duration longest = Duration.ZERO;
    for (ConfiguredFunction function : push.functions()) {
      Preview preview = function.configuration().preview();
      Duration asked = preview == null ? null : preview.lifetime();
      Duration lifetime = asked == null ? settings.lifetime() : asked;
      longest = longest.compareTo(lifetime) < 0 ? lifetime : longest;
    }
    Duration most = settings.longestLifetime();
    return longest.compareTo(most) < 0 ? longest : most;
  }
}
