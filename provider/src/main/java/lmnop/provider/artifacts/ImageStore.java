package lmnop.provider.artifacts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import lmnop.images.Blobs;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.ImageReader;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.Trees;
import lmnop.operations.archive.UnsafeArchive;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Images by digest, each unpacked once, as long as there is room.
 *
 * <p>An image is there as a whole or not at all, also after the machine went down.
 */
final class ImageStore {
  private static final Logger log = LoggerFactory.getLogger(ImageStore.class);
  private static final String ROOT = "root";
  private static final String NOTE = "image.json";
  private static final String UNFINISHED = "new-";
  private static final int DEPTH = 128; // directories below each other
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** From being unpacked to being known as some workload's. */
  private static final Duration GRACE = Duration.ofMinutes(10);

  /**
   * What is known of an unpacked image.
   *
   * @param bytes that its files take
   */
  private record Note(long bytes, ImageConfig config, Map<String, String> mountPoints) {}

  /** An image that may make room. */
  private record Unused(Path folder, long bytes, FileTime usedAt) {}

  private final ImageSettings settings;
  private final Path folder;
  private final Clock clock;
  private final String architecture;
  private final Supplier<Set<Digest>> inUse;

  /** What is being pulled; one that failed stays until somebody was told so. */
  private final Map<Digest, Pull> pulls = new ConcurrentHashMap<>();

  /**
   * A store below {@code folder}.
   *
   * @param inUse the digests of all images that workloads have
   */
  ImageStore(ImageSettings settings, Path folder, Clock clock, Supplier<Set<Digest>> inUse)
      throws IOException {
    this.settings = settings;
    this.folder = Files.createDirectories(folder);
    this.clock = clock;
    this.inUse = inUse;
    String processor = System.getProperty("os.arch"); // house-rule exception: which machine this is
    this.architecture = ImageManifest.architecture(processor);
    for (Path each : Trees.children(folder)) {
      if (isUnfinished(each)) {
        Trees.delete(each);
      }
    }
  }

  private static boolean isUnfinished(Path place) {
    return String.valueOf(place.getFileName()).startsWith(UNFINISHED);
  }

  /** Whether an image of this digest is unpacked. */
  boolean isThere(Digest digest) {
    return Files.exists(folder.resolve(digest.hex()).resolve(NOTE));
  }

  /**
   * Gives an image, after pulling and unpacking it if it is not here yet.
   *
   * @param patience how long this waits for that; then it goes on without
   */
  Image open(String name, Digest digest, Blobs blobs, Duration patience) throws UnusableArtifact {
    Pull pull =
        pulls.computeIfAbsent(
            digest,
            d -> Pull.start(name, p -> pulled(name, digest, blobs, p), () -> pulls.remove(digest)));
    try {
      return pull.await(patience);
    } finally {
      if (pull.hasFailed()) {
        pulls.remove(digest, pull);
      }
    }
  }

  private Image pulled(String name, Digest digest, Blobs blobs, Pull pull) throws UnusableArtifact {
    try {
      Image known = known(digest);
      return known == null ? unpack(name, digest, blobs, pull) : known;
    } catch (UnusableImage | UnsafeArchive e) {
      throw new UnusableArtifact("the image " + name + " cannot run: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UnusableArtifact(
          "the image %s cannot be had: %s".formatted(name, e.getMessage()), e, true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnusableArtifact("getting the image " + name + " was interrupted", e, true);
    }
  }

  private @Nullable Image known(Digest digest) throws IOException {
    Path place = folder.resolve(digest.hex());
    Note note = note(place);
    if (note == null) {
      return null;
    }
    usedNow(place);
    return new Image(digest, place.resolve(ROOT), note.config(), note.mountPoints());
  }

  private void usedNow(Path place) throws IOException {
    Files.setLastModifiedTime(place.resolve(NOTE), FileTime.from(clock.instant()));
  }

  private static @Nullable Note note(Path place) throws IOException {
    try {
      return JSON.readValue(Files.readAllBytes(place.resolve(NOTE)), Note.class);
    } catch (NoSuchFileException e) {
      return null;
    } catch (JacksonException e) {
      log.warn("the note in {} cannot be read, so the image is unpacked again", place);
      return null;
    }
  }

  private Image unpack(String name, Digest digest, Blobs blobs, Pull pull)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    ImageReader image = ImageReader.read(blobs, digest, architecture);
    if (image.config().command().isEmpty()) {
      throw new UnusableImage("it has neither ENTRYPOINT nor CMD, so nothing says what to start");
    }
    long most = settings.size().toBytes();
    if (image.size() > most) {
      throw new UnusableImage(
          "its layers have %d MB; at most %d MB are taken (setting images.size)"
              .formatted(image.size() >> 20, most >> 20));
    }
    makeRoom(image.size());
    pull.expect(image.size());
    Path fresh = Files.createDirectory(folder.resolve(UNFINISHED + UUID.randomUUID()));
    try {
      Note note = unpack(image, blobs, fresh, pull);
      makeRoom(note.bytes());
      Path place = folder.resolve(digest.hex());
      Trees.delete(place); // what could not be read
      sync(fresh);
      Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
      log.info(
          "unpacked the image {}: {} MB in {} ms",
          name,
          note.bytes() >> 20,
          (System.nanoTime() - begin) / 1_000_000);
      return new Image(digest, place.resolve(ROOT), note.config(), note.mountPoints());
    } finally {
      Trees.delete(fresh);
    }
  }

  private Note unpack(ImageReader image, Blobs blobs, Path fresh, Pull pull)
      throws IOException, InterruptedException {
    Path rootPath = Files.createDirectory(fresh.resolve(ROOT));
    Files.setPosixFilePermissions(rootPath, PosixFilePermissions.fromString("rwxr-xr-x"));
    RootFolder root =
        new RootFolder(
            rootPath, new TarReader.Budget(settings.files(), settings.size().toBytes(), DEPTH));
    new Layers(blobs, root, settings.pullTime(), pull::came).apply(image);
    Note note = new Note(root.bytes(), image.config(), MountPoints.make(root, image.config()));
    Files.write(fresh.resolve(NOTE), JSON.writeValueAsBytes(note));
    usedNow(fresh);
    return note;
  }

  /** All that was written below a folder is on the disk when this returns. */
  private static void sync(Path fresh) throws IOException, InterruptedException {
    ProcessBuilder sync = new ProcessBuilder("sync", "-f", fresh.toString());
    sync.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    if (sync.start().waitFor() != 0) {
      throw new IOException("its files could not be brought to the disk");
    }
  }

  /** Removes what nobody uses, the longest unused first, until so much more fits in. */
  private synchronized void makeRoom(long more) throws IOException {
    Set<Digest> used = inUse.get();
    List<Unused> unused = new ArrayList<>();
    long total = more;
    for (Path place : Trees.children(folder)) {
      Note note = isUnfinished(place) ? null : note(place);
      if (note != null) {
        total += note.bytes();
        FileTime usedAt = Files.getLastModifiedTime(place.resolve(NOTE));
        boolean fresh = usedAt.toInstant().isAfter(clock.instant().minus(GRACE));
        if (!fresh && !used.contains(new Digest(String.valueOf(place.getFileName())))) {
          unused.add(new Unused(place, note.bytes(), usedAt));
        }
      }
    }
    unused.sort(Comparator.comparing(Unused::usedAt));
    long most = settings.disk().toBytes();
    for (Unused each : unused) {
      if (total > most) {
        Files.delete(each.folder().resolve(NOTE)); // from here on it is not there
        Trees.delete(each.folder());
        total -= each.bytes();
        log.info("removed the image {}, which nothing has used", each.folder().getFileName());
      }
    }
    if (total > most) {
      throw new IOException(
          "the images of this machine's functions already take the %d MB that images may take;"
                  .formatted(most >> 20)
              + " the operator raises the setting images.disk, or functions have to go");
    }
  }
}
