package lmnop.provider.openfaas;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The OpenFaaS gateway or faasd that runs the functions.
 *
 * @param url of the gateway; must be set where it is the engine
 * @param user of the gateway
 * @param passwordFile holds that user's password, in a file of mode 0600; must be set where the
 *     gateway is the engine
 * @param namespace of the gateway, in which all functions are; without it the gateway's own
 * @param edition what the gateway can do: 'ce', 'faasd' or 'pro'; with 'auto' it is asked
 * @param functions where routers reach a function, with '{name}' for its name there, as
 *     'http://{name}.openfaas-fn.svc.cluster.local:8080'; without it at the gateway, below {@code
 *     /function/}
 * @param look how often the gateway is asked what runs
 * @param settle for how long what takes another's place must have answered before it counts as
 *     ready, since a gateway does not say which of the two does
 */
public record OpenFaasSettings(
    @Nullable URI url,
    @DefaultValue("admin") String user,
    @Nullable Path passwordFile,
    @Nullable String namespace,
    @DefaultValue("auto") Wanted edition,
    @Nullable String functions,
    @DefaultValue("1s") Duration look,
    @DefaultValue("10s") Duration settle) {

  /** Which edition an operator says that it is. */
  public enum Wanted {
    AUTO,
    CE,
    FAASD,
    PRO
  }

  public OpenFaasSettings {
    require(look.isPositive(), "openfaas.look is " + look + ": it must be more than 0");
    require(!settle.isNegative(), "openfaas.settle is " + settle + ": it must not be negative");
    if (functions != null) {
      FunctionAddress.parse(functions);
    }
  }

  /** Refuses settings with which no gateway can be asked. */
  public void requireGateway() {
    require(url != null, "openfaas.url must be set: the engine is 'openfaas'");
    require(passwordFile != null, "openfaas.password-file must be set: the engine is 'openfaas'");
    FunctionAddress.of(this);
  }

  static void require(boolean fits, String otherwise) {
    if (!fits) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
