package lmnop.provider.artifacts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import lmnop.images.Blobs;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.operations.archive.Digest;

/**
 * All that the process engine can run, by the name that deployments give it.
 *
 * <p>{@code bundle@sha256:…} is a file of the artifact store: a bundle, or the manifest of an image
 * whose parts are files of that store too. Anything else is the reference of an image in a
 * registry.
 */
public final class Artifacts implements AutoCloseable {
  private static final String BUNDLE = "bundle@";

  private final ArtifactFiles files;
  private final BundleStore bundles;
  private final ImageStore images;
  private final Registry registry;
  private final Duration pullTime;
  private volatile Supplier<Set<String>> inUse = Set::of;

  /**
   * Opens what is unpacked already.
   *
   * @param artifacts holds what builds left, as {@code sha256/<hex>}
   * @param data a folder of ours
   * @param boot what differs after every start of the machine
   */
  public Artifacts(Path artifacts, Path data, String boot, ImageSettings settings, Clock clock)
      throws IOException {
    this.files = new ArtifactFiles(artifacts);
    this.bundles = new BundleStore(artifacts, data.resolve("bundles"), boot);
    this.images = new ImageStore(settings, data.resolve("images"), clock, this::digestsInUse);
    this.registry = new Registry(settings.registries());
    this.pullTime = settings.pullTime();
  }

  /** Tells which artifacts workloads have: none of these is removed. */
  public void keep(Supplier<Set<String>> names) {
    inUse = names;
  }

  private Set<Digest> digestsInUse() {
    return inUse.get().stream()
        .filter(name -> name.contains("@sha256:"))
        .map(name -> Digest.parse(name.substring(name.lastIndexOf('@') + 1)))
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Gives an artifact, after fetching and unpacking what of it is not here yet. */
  public Artifact open(String name) throws UnusableArtifact {
    return open(name, pullTime);
  }

  /**
   * The same, unless an image takes longer to come; the failure then says how far it is, and it
   * comes all the same.
   */
  public Artifact open(String name, Duration patience) throws UnusableArtifact {
    if (!name.startsWith(BUNDLE)) {
      Reference reference = reference(name);
      return images.open(name, reference.requireDigest(), registry.toPull(reference), patience);
    }
    Digest digest = digest(name);
    return images.isThere(digest) || files.isManifest(digest)
        ? images.open(name, digest, files, patience)
        : bundles.open(digest);
  }

  /** Removes what is unpacked of bundles that the artifact store has no more and nobody uses. */
  public void forgetBundles() throws IOException {
    bundles.forget(this::digestsInUse);
  }

  private static Digest digest(String name) throws UnusableArtifact {
    try {
      return Digest.parse(name.substring(BUNDLE.length()));
    } catch (IllegalArgumentException e) {
      throw new UnusableArtifact("The image is '%s': %s".formatted(name, e.getMessage()), e);
    }
  }

  private static Reference reference(String name) throws UnusableArtifact {
    try {
      Reference reference = Reference.parse(name);
      reference.requireDigest();
      return reference;
    } catch (IllegalArgumentException e) {
      throw new UnusableArtifact("The image is '%s': %s".formatted(name, e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    registry.close();
  }

  /** The files of the artifact store, as parts of images. */
  private record ArtifactFiles(Path artifacts) implements Blobs {
    /** Whether it is no tar: a manifest is JSON, and that begins with a brace. */
    boolean isManifest(Digest digest) throws UnusableArtifact {
      try (InputStream in = blob(digest)) {
        return in.read() == '{';
      } catch (NoSuchFileException e) {
        return false; // the bundle may be unpacked already
      } catch (IOException e) {
        throw new UnusableArtifact("bundle@%s cannot be read: %s".formatted(digest, e), e, true);
      }
    }

    @Override
    public InputStream manifest(Digest digest) throws IOException {
      return blob(digest);
    }

    @Override
    public InputStream blob(Digest digest) throws IOException {
      return Files.newInputStream(artifacts.resolve("sha256").resolve(digest.hex()));
    }
  }
}
