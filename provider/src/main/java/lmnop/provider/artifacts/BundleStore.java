package lmnop.provider.artifacts;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.Trees;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bundles by digest, from the directory where builds put them.
 *
 * <p>A layer is unpacked once and shared by all bundles that have it. It appears under its digest
 * only when its own digest and the bundle's are verified; whoever finds it there need not look
 * again.
 */
final class BundleStore {
  private static final int LARGEST_MANIFEST = 1024 * 1024;
  private static final int LARGEST_WINDOW = 27; // log2 of zstd's window, 128 MiB
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  private final Path artifacts;
  private final Path layers;
  private final Path manifests;
  private final Map<Digest, Object> unpacking = new ConcurrentHashMap<>();

  /** Manifests that were read from their files; what is named by its digest does not change. */
  private final Map<Digest, Manifest> read = new ConcurrentHashMap<>();

  /** Bundles are opened together, and forgotten while none is. */
  private final ReadWriteLock opening = new ReentrantReadWriteLock();

  /**
   * A store that unpacks below {@code cache}.
   *
   * @param artifacts holds bundles as {@code sha256/<hex>}
   * @param boot what differs after every start of the machine: one that went down may have lost
   *     what was unpacked and not yet on disk, so then everything is unpacked again
   */
  BundleStore(Path artifacts, Path cache, String boot) throws IOException {
    this.artifacts = artifacts;
    this.layers = cache.resolve("layers");
    this.manifests = cache.resolve("manifests");
    Path marker = cache.resolve("boot");
    if (!Files.exists(marker) || !Files.readString(marker).equals(boot)) {
      Trees.delete(manifests);
      Trees.delete(layers);
    }
    Files.createDirectories(layers);
    Files.createDirectories(manifests);
    Files.writeString(marker, boot);
    removeUnfinished();
  }

  private void removeUnfinished() throws IOException {
    try (Stream<Path> found = Files.list(layers)) {
      for (Path unfinished : found.filter(BundleStore::isUnfinished).toList()) {
        Trees.delete(unfinished);
      }
    }
  }

  private static boolean isUnfinished(Path path) {
    return String.valueOf(path.getFileName()).startsWith("new-");
  }

  /** Whether a bundle of this digest is in the artifact store. */
  boolean isThere(Digest digest) {
    return Files.isRegularFile(artifacts.resolve("sha256").resolve(digest.hex()));
  }

  /** Gives a bundle, after unpacking what of it is not unpacked yet. */
  Bundle open(Digest digest) throws UnusableArtifact {
    opening.readLock().lock();
    try {
      return openNow(digest);
    } finally {
      opening.readLock().unlock();
    }
  }

  private Bundle openNow(Digest digest) throws UnusableArtifact {
    synchronized (unpacking.computeIfAbsent(digest, d -> new Object())) {
      try {
        Bundle known = known(digest);
        return known == null ? unpack(digest) : known;
      } catch (NoSuchFileException e) {
        throw new UnusableArtifact(
            "bundle@" + digest + " is not in the artifact store; build the function again", e);
      } catch (IOException | IllegalArgumentException e) {
        throw new UnusableArtifact("bundle@%s is broken: %s".formatted(digest, e.getMessage()), e);
      } finally {
        unpacking.remove(digest);
      }
    }
  }

  /**
   * Removes what is unpacked of bundles that are no more in the artifact store and that nobody
   * uses; not now if a bundle is being opened.
   *
   * @param used asked while none is opened
   */
  public void forget(Supplier<Set<Digest>> used) throws IOException {
    if (!opening.writeLock().tryLock()) {
      return;
    }
    List<Path> unneeded;
    try {
      unneeded = putAside(neededLayers(used.get()));
    } finally {
      opening.writeLock().unlock();
    }
    for (Path layer : unneeded) {
      Trees.delete(layer);
    }
  }

  private Set<Path> neededLayers(Set<Digest> used) throws IOException {
    Set<Path> needed = new HashSet<>();
    for (Path file : list(manifests)) {
      Digest digest = Digest.parse("sha256:" + file.getFileName());
      if (isThere(digest) || used.contains(digest)) {
        parse(Files.readAllBytes(file)).layers().forEach(layer -> needed.add(folder(layer)));
      } else {
        Files.delete(file);
        read.remove(digest);
      }
    }
    return needed;
  }

  /** What is aside counts as unfinished, so that it goes at the next start at the latest. */
  private List<Path> putAside(Set<Path> needed) throws IOException {
    List<Path> aside = new ArrayList<>();
    for (Path layer : list(layers)) {
      if (!needed.contains(layer)) {
        Path place = layers.resolve("new-" + UUID.randomUUID());
        Files.move(layer, place, StandardCopyOption.ATOMIC_MOVE);
        aside.add(place);
      }
    }
    return aside;
  }

  /** What is there under its own digest. */
  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.filter(path -> !String.valueOf(path.getFileName()).contains("-")).toList();
    }
  }

  private @Nullable Bundle known(Digest digest) throws IOException {
    Path file = manifests.resolve(digest.hex());
    if (!Files.exists(file)) {
      return null;
    }
    Manifest manifest = read.get(digest);
    if (manifest == null) {
      manifest = parse(Files.readAllBytes(file));
      read.put(digest, manifest);
    }
    Map<String, Path> unpacked = new HashMap<>();
    for (Manifest.Layer layer : manifest.layers()) {
      Path folder = folder(layer);
      if (!Files.isDirectory(folder)) {
        return null;
      }
      unpacked.put(layer.name(), folder);
    }
    return new Bundle(digest, manifest, unpacked);
  }

  private Path folder(Manifest.Layer layer) {
    return layers.resolve(layer.tar().hex());
  }

  private Bundle unpack(Digest digest) throws IOException {
    Map<Manifest.Layer, Path> fresh = new LinkedHashMap<>();
    try {
      byte[] manifest = readVerified(digest, fresh);
      for (Map.Entry<Manifest.Layer, Path> layer : fresh.entrySet()) {
        moveIntoPlace(layer.getValue(), folder(layer.getKey()));
      }
      Path written = manifests.resolve(digest.hex() + "-" + UUID.randomUUID());
      Files.write(written, manifest);
      Files.move(written, manifests.resolve(digest.hex()), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      for (Path left : fresh.values()) {
        Trees.delete(left);
      }
    }
    Bundle bundle = known(digest);
    if (bundle == null) {
      throw new IOException("a layer that the manifest names is not in it");
    }
    return bundle;
  }

  private static void moveIntoPlace(Path fresh, Path folder) throws IOException {
    try {
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      Trees.delete(fresh); // another bundle with this layer was faster
    }
  }

  private byte[] readVerified(Digest digest, Map<Manifest.Layer, Path> fresh) throws IOException {
    Path file = artifacts.resolve("sha256").resolve(digest.hex());
    try (InputStream raw = Files.newInputStream(file);
        HashingInput hashing = new HashingInput(new BufferedInputStream(raw, 64 * 1024))) {
      TarArchiveInputStream tar = new TarArchiveInputStream(hashing, StandardCharsets.UTF_8.name());
      byte[] manifest = manifestBytes(tar);
      unpackLayers(tar, parse(manifest).layers(), fresh);
      hashing.drain();
      hashing.require(digest, "the bundle");
      return manifest;
    }
  }

  private static byte[] manifestBytes(TarArchiveInputStream tar) throws IOException {
    TarArchiveEntry first = tar.getNextEntry();
    if (first == null || !first.getName().equals("manifest.json")) {
      throw new IOException("manifest.json is not its first member");
    }
    byte[] bytes = tar.readNBytes(LARGEST_MANIFEST + 1);
    if (bytes.length > LARGEST_MANIFEST) {
      throw new IOException("its manifest is larger than " + LARGEST_MANIFEST + " bytes");
    }
    return bytes;
  }

  private static Manifest parse(byte[] json) throws IOException {
    try {
      return JSON.readValue(json, Manifest.class);
    } catch (JacksonException e) {
      Throwable cause = e.getCause() instanceof IllegalArgumentException ? e.getCause() : e;
      throw new IOException("its manifest does not fit: " + cause.getMessage(), e);
    }
  }

  private void unpackLayers(
      TarArchiveInputStream tar, List<Manifest.Layer> expected, Map<Manifest.Layer, Path> fresh)
      throws IOException {
    TarArchiveEntry member;
    while ((member = tar.getNextEntry()) != null) {
      String name = member.getName();
      Manifest.Layer layer =
          expected.stream()
              .filter(candidate -> candidate.member().equals(name))
              .findFirst()
              .orElseThrow(() -> new IOException("its member '" + name + "' is no layer"));
      if (!Files.isDirectory(folder(layer)) && !fresh.containsKey(layer)) {
        Path folder = layers.resolve("new-" + UUID.randomUUID());
        fresh.put(layer, folder);
        unpackLayer(tar, layer, folder);
      }
    }
  }

  private static void unpackLayer(InputStream member, Manifest.Layer layer, Path folder)
      throws IOException {
    Files.createDirectory(folder);
    try (ZstdInputStream zstd = new ZstdInputStream(new KeptOpen(member))) {
      zstd.setLongMax(LARGEST_WINDOW);
      HashingInput hashing = new HashingInput(zstd);
      TarReader.unpack(hashing, folder, TarReader.Budget.LAYER);
      hashing.drain();
      hashing.require(layer.tar(), "its layer '" + layer.name() + "'");
    }
    if (layer.name().equals(Manifest.CODE)) {
      Path mountPoint = folder.resolve(".dependencies");
      if (!Files.exists(mountPoint)) {
        Files.createDirectory(mountPoint);
      }
    }
    openFolders(folder);
  }

  /** Instances run as users of their own, so every folder is open to all, whatever our umask. */
  private static void openFolders(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all.filter(Files::isDirectory)::iterator) {
        if (!Files.isSymbolicLink(path)) {
          Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
      }
    }
  }

  /** Closing the decompressor must not close the bundle that it reads a part of. */
  private static final class KeptOpen extends FilterInputStream {
    KeptOpen(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}
