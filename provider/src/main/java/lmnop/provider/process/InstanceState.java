package lmnop.provider.process;

import java.io.IOException;
import java.nio.file.Path;
import lmnop.provider.api.WorkloadKey;
import lmnop.provider.isolation.Keeper;
import lmnop.provider.isolation.Limits;
import lmnop.provider.isolation.Placement;
import lmnop.provider.kept.PrivateFiles;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;

/**
 * What a later provider process must know of an instance to adopt it.
 *
 * @param function whose instance it is, see {@link WorkloadSpec#function}
 * @param keeper null until its program begins
 * @param ready whether requests come to it
 * @param protocol what it speaks; null is HTTP/1.1
 * @param image what it was started from; null if an older provider started it
 */
record InstanceState(
    String instance,
    String namespace,
    String workload,
    int generation,
    String function,
    Placement placement,
    Limits limits,
    @Nullable String health,
    Keeper.@Nullable Identity keeper,
    boolean ready,
    @Nullable String protocol,
    @Nullable String image) {
  static final String FILE = "state.json";

  InstanceState startedBy(Keeper.Identity identity) {
    return new InstanceState(
        instance,
        namespace,
        workload,
        generation,
        function,
        placement,
        limits,
        health,
        identity,
        ready,
        protocol,
        image);
  }

  InstanceState nowReady() {
    return new InstanceState(
        instance,
        namespace,
        workload,
        generation,
        function,
        placement,
        limits,
        health,
        keeper,
        true,
        protocol,
        image);
  }

  boolean speaksHttp2() {
    return "h2c".equals(protocol);
  }

  WorkloadKey key() {
    return new WorkloadKey(namespace, workload);
  }

  void save(Path directory) throws IOException {
    PrivateFiles.replaceQuickly(directory.resolve(FILE), Wire.write(this));
  }
}
