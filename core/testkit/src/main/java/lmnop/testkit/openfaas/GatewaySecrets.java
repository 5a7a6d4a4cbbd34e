package lmnop.testkit.openfaas;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.providerapi.Secret;
import lmnop.providerapi.Wire;
import org.jspecify.annotations.Nullable;

/** The secrets of the stand-in; what is asked of them is answered with a status. */
final class GatewaySecrets {
  private final boolean faasd;
  private final Map<String, Secret> secrets = new TreeMap<>();

  GatewaySecrets(GatewayKind kind) {
    this.faasd = kind == GatewayKind.FAASD;
  }

  String list() {
    List<Map<String, String>> names =
        secrets.keySet().stream().map(name -> Map.of("name", name)).toList();
    return Wire.write(names);
  }

  byte @Nullable [] content(String name) {
    Secret secret = secrets.get(name);
    return secret == null ? null : secret.content();
  }

  boolean has(String name) {
    return secrets.containsKey(name);
  }

  int create(Secret secret) {
    if (!faasd && secrets.containsKey(secret.name())) {
      return 409;
    }
    secrets.put(secret.name(), secret);
    return faasd ? 200 : 202;
  }

  int update(Secret secret) {
    if (!faasd && !secrets.containsKey(secret.name())) {
      return 404;
    }
    secrets.put(secret.name(), secret);
    return faasd ? 200 : 202;
  }

  int delete(Secret secret) {
    boolean found = secrets.remove(secret.name()) != null;
    if (faasd) {
      return found ? 200 : 500;
    }
    return found ? 202 : 404;
  }
}
