package lmnop.controlplane.templates;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A template that the settings ask for.
 *
 * @param from a folder of the control plane's machine, or the URL of a git repository
 * @param ref a branch, a tag or a commit of it; without one what it has checked out
 * @param folder of it; without one its top
 */
public record ListedTemplate(String from, @Nullable String ref, @Nullable String folder) {
  public ListedTemplate {
    Objects.requireNonNull(
        from, "each of template-sources has from: a folder, or the URL of a git repository");
  }
}
