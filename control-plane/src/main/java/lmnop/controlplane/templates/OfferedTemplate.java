package lmnop.controlplane.templates;

import java.time.Instant;
import java.util.List;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A template that pushes may name.
 *
 * @param builtIn whether it comes with lmnop
 * @param commit of the repository that it was read from; null of folders
 * @param updatedAt when it was read last; null of those that come with lmnop
 */
public record OfferedTemplate(
    String name,
    List<String> aliases,
    Digest digest,
    boolean builtIn,
    @Nullable String commit,
    @Nullable Instant updatedAt) {
  public OfferedTemplate {
    aliases = List.copyOf(aliases);
  }
}
