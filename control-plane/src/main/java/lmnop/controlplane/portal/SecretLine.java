package lmnop.controlplane.portal;

import java.time.temporal.ChronoUnit;
import java.util.List;
import lmnop.controlplane.secrets.Secrets;

/**
 * A secret as its list shows it.
 *
 * @param functions that may read it, as the form takes them
 * @param readers what runs and reads it, each with the version that it has
 */
public record SecretLine(
    String name, int version, String changed, String by, String functions, List<String> readers) {
  static SecretLine of(Secrets.Listed secret) {
    List<String> functions = secret.functions();
    return new SecretLine(
        secret.name(),
        secret.version(),
        secret.changedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
        secret.changedBy(),
        functions == null || functions.isEmpty() ? "*" : String.join(", ", functions),
        secret.readers().stream().map(SecretLine::words).toList());
  }

  private static String words(Secrets.Reader reader) {
    Integer version = reader.version();
    return "%s, revision %d%s: %s"
        .formatted(
            reader.function(),
            reader.revision(),
            reader.preview() ? " (preview)" : "",
            version == null ? "one that was removed" : "version " + version);
  }

  /** Who may read it, in words. */
  public String opens() {
    return functions.equals("*") ? "every function" : functions;
  }
}
