package lmnop.provider.kubernetes;

import java.util.regex.Pattern;
import lmnop.operations.archive.Digest;
import lmnop.provider.api.WorkloadKey;

/** What our objects are called in the cluster, which takes fewer names than the provider API. */
final class ObjectNames {
  private static final Pattern OBJECT =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern SERVICE = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final String OF_WORKLOAD = ".secrets.";
  private static final int LONGEST = 253;
  private static final int HASH = 10; // characters

  private ObjectNames() {}

  /** Of the Service of a workload: its name begins with a letter. */
  static String service(WorkloadKey key) {
    String name = key.name();
    return SERVICE.matcher(name).matches()
        ? name
        : "fn-" + name.substring(0, Math.min(name.length(), 48)) + "-" + hash(name);
  }

  /** Of a secret: it has no underscore, and is none that a workload has for itself. */
  static String secret(String name) {
    return OBJECT.matcher(name).matches() && name.length() <= LONGEST && !name.contains(OF_WORKLOAD)
        ? name
        : "secret-" + hash(name);
  }

  /** Of the secrets that a generation of a workload reads. */
  static String secretsOf(WorkloadKey key, int generation) {
    return key.name() + OF_WORKLOAD + generation;
  }

  /** Of what is noted of a namespace of the provider API. */
  static String noteOf(String namespace) {
    return "lmnop.namespace." + namespace;
  }

  private static String hash(String name) {
    return Digest.of(name).hex().substring(0, HASH);
  }
}
