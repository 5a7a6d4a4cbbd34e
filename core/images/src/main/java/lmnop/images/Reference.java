package lmnop.images;

import java.util.Locale;
import java.util.regex.Pattern;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image: {@code host/repository:tag@sha256:…}.
 *
 * @param host of the registry, with its port if that is not the usual one
 * @param tag what its owner may move to another image; nothing to rely on
 * @param digest of its manifest, which never changes
 */
public record Reference(
    String host, String repository, @Nullable String tag, @Nullable Digest digest) {
  /** The registry of names without a host. */
  static final String DOCKER_HUB = "docker.io";

  private static final int LONGEST = 512; // characters
  private static final Pattern HOST =
      Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?");
  private static final Pattern REPOSITORY =
      Pattern.compile("[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");

  public Reference {
    require(HOST.matcher(host).matches(), "'" + host + "' is no host of a registry");
    require(
        REPOSITORY.matcher(repository).matches(),
        "'" + repository + "' is no name of a repository: a-z, 0-9, '.', '_', '-' and '/'");
    require(tag == null || TAG.matcher(tag).matches(), "'" + tag + "' is no tag");
  }

  /** Reads a reference as people write it; without a host it is one of Docker Hub. */
  public static Reference parse(String text) {
    require(text.length() <= LONGEST, "an image's name has at most " + LONGEST + " characters");
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    Digest digest = at < 0 ? null : Digest.parse(text.substring(at + 1));
    int colon = name.lastIndexOf(':');
    String tag = null;
    if (colon > name.lastIndexOf('/')) {
      tag = name.substring(colon + 1);
      name = name.substring(0, colon);
    }
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash).toLowerCase(Locale.ROOT);
    if (first.equals("localhost") || first.indexOf('.') >= 0 || first.indexOf(':') >= 0) {
      return of(first, name.substring(slash + 1), tag, digest);
    }
    return of(DOCKER_HUB, name, tag, digest);
  }

  private static Reference of(
      String host, String repository, @Nullable String tag, @Nullable Digest digest) {
    boolean official = host.equals(DOCKER_HUB) && repository.indexOf('/') < 0;
    return new Reference(host, official ? "library/" + repository : repository, tag, digest);
  }

  /** The same repository at the given digest. */
  public Reference at(Digest which) {
    return new Reference(host, repository, null, which);
  }

  /** The digest, which is there wherever only what never changes will do. */
  public Digest requireDigest() {
    if (digest == null) {
      throw new IllegalArgumentException(
          "'%s' may be another image tomorrow: write it with its digest, %s/%s@sha256:…"
              .formatted(this, host, repository));
    }
    return digest;
  }

  private static void require(boolean fits, String problem) {
    if (!fits) {
      throw new IllegalArgumentException(problem);
    }
  }

  @Override
  public String toString() {
    return host
        + "/"
        + repository
        + (tag == null ? "" : ":" + tag)
        + (digest == null ? "" : "@" + digest);
  }
}
