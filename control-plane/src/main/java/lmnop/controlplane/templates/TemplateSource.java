package lmnop.controlplane.templates;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import lmnop.controlplane.accounts.Refused;
import org.jspecify.annotations.Nullable;

/**
 * Where a template comes from, and comes from again when it is updated.
 *
 * @param from the path of a folder, or the URL of a git repository
 * @param ref a branch, a tag or a commit of the repository; null is what it has checked out
 * @param folder of the repository; empty is all of it
 */
record TemplateSource(String from, @Nullable String ref, String folder) {
  /** Understands what an operator typed. */
  static TemplateSource of(String from, @Nullable String ref, @Nullable String folder) {
    if (!from.contains("://")) {
      if (ref != null || folder != null) {
        throw new Refused(
            "'%s' is a folder, which has no --ref and no --folder: a git repository is written https://… or file:///…"
                .formatted(from));
      }
      return new TemplateSource(Path.of(from).toAbsolutePath().normalize().toString(), null, "");
    }
    String inside = folder == null ? "" : folder.replaceAll("^\\.$|^(\\./)+|/+$", "");
    if (inside.startsWith("/") || List.of(inside.split("/")).contains("..")) {
      throw new Refused(
          "--folder '%s' is not inside the repository: write its path from the top."
              .formatted(folder));
    }
    return new TemplateSource(checked(from), ref, inside);
  }

  private static String checked(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new Refused("'%s' is no URL: %s.".formatted(url, e.getReason()));
    }
    String scheme = String.valueOf(uri.getScheme());
    if (!scheme.equals("https") && !scheme.equals("file")) {
      throw new Refused(
          "'%s' is neither https:// nor file:///: a template runs in builds, and nobody on the way may change it."
              .formatted(url));
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new Refused(
          "The URL of a repository has no password, '?' or '#': it is kept and shown; write scheme, host and path.");
    }
    return url;
  }

  boolean isRepository() {
    return from.contains("://");
  }

  /** As it stands in sentences and lists. */
  String inWords() {
    return from + (folder.isEmpty() ? "" : " " + folder) + (ref == null ? "" : " at " + ref);
  }
}
