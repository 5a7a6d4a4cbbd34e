package lmnop.provider.api;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionNamespace;
import lmnop.providerapi.Secret;
import org.jspecify.annotations.Nullable;

/** Checks what any engine could not run, whoever sent it. */
final class Deployments {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern SECRET = Pattern.compile("[a-z0-9]([-a-z0-9._]{0,251}[a-z0-9])?");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final int LARGEST_SECRET = 1024 * 1024;

  /** OpenFaaS selects a function's instances by it. */
  private static final String RESERVED_LABEL = "faas_function";

  private Deployments() {}

  /** Gives the deployment with its namespace, or says what does not fit. */
  static FunctionDeployment checked(FunctionDeployment d, String namespace) {
    String service = requireName(required(d.service(), "service"), "service");
    String image = required(d.image(), "image");
    requireName(namespace, "namespace");
    if (d.labels() != null && d.labels().containsKey(RESERVED_LABEL)) {
      throw Refused.badRequest("The label '" + RESERVED_LABEL + "' belongs to the platform");
    }
    Scale.of(d.labels());
    ByLoad.of(d.labels());
    requireVariables(Objects.requireNonNullElse(d.envVars(), Map.of()));
    for (String secret : Objects.requireNonNullElse(d.secrets(), List.<String>of())) {
      requireSecretName(secret);
    }
    return new FunctionDeployment(
        service,
        image,
        namespace,
        d.envProcess(),
        d.envVars(),
        d.constraints(),
        d.secrets(),
        d.labels(),
        d.annotations(),
        d.limits(),
        d.requests(),
        d.readOnlyRootFilesystem());
  }

  /** Gives the secret with its namespace, or says what does not fit. */
  static Secret checked(Secret secret, String namespace) {
    requireSecretName(required(secret.name(), "name"));
    requireName(namespace, "namespace");
    if (secret.content().length > LARGEST_SECRET) {
      throw new Refused(
          422,
          "The secret '%s' has %d bytes; at most %d are kept"
              .formatted(secret.name(), secret.content().length, LARGEST_SECRET));
    }
    return new Secret(secret.name(), namespace, secret.value(), secret.rawValue());
  }

  /** Gives the namespace with its name, or says what does not fit. */
  static FunctionNamespace checked(FunctionNamespace sent, String inPath) {
    String name = sent.name() == null || sent.name().isEmpty() ? inPath : sent.name();
    requireName(required(name, "name"), "name");
    if (!inPath.isEmpty() && !inPath.equals(name)) {
      throw Refused.badRequest(
          "name is '%s', and the path says '%s': say one of them".formatted(name, inPath));
    }
    return new FunctionNamespace(name, sent.annotations(), sent.labels());
  }

  static String required(@Nullable String value, String field) {
    if (value == null || value.isBlank()) {
      throw Refused.badRequest("'" + field + "' is missing");
    }
    return value;
  }

  private static String requireName(String name, String field) {
    if (!NAME.matcher(name).matches()) {
      throw Refused.badRequest(
          "%s is '%s': at most 63 of a-z, 0-9 and '-' are expected, the first and last no '-'"
              .formatted(field, name));
    }
    return name;
  }

  private static void requireSecretName(String name) {
    if (!SECRET.matcher(name).matches()) {
      throw new Refused(
          422,
          "'%s' is no name of a secret: a-z, 0-9, '-', '.' and '_' are expected".formatted(name));
    }
  }

  private static void requireVariables(Map<String, String> variables) {
    variables.forEach((name, value) -> {
      if (!VARIABLE.matcher(name).matches()) {
        throw Refused.badRequest("'" + name + "' is no name of an environment variable");
      }
      if (value == null || value.indexOf('\0') >= 0) {
        throw Refused.badRequest("The environment variable " + name + " has no proper value");
      }
    });
  }
}
