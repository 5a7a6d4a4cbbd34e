package lmnop.controlplane.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.operations.archive.Digest;
import org.jspecify.annotations.Nullable;

/** The repositories and artifacts of a backup, on their way back to disk. */
final class RestoredFiles {
  private static final Pattern REPOSITORY =
      Pattern.compile(Manifest.REPOSITORIES + "([0-9]{1,18})/(.+)");

  private final RepositoryCopies repositories;
  private final @Nullable Path artifacts;
  private final Set<Long> finished = new HashSet<>();
  private @Nullable Long repository;
  private @Nullable Digest artifact;
  private @Nullable OutputStream open;
  private long artifactCount;

  RestoredFiles(RepositoryCopies repositories, @Nullable Path artifacts) {
    this.repositories = repositories;
    this.artifacts = artifacts;
  }

  /** Whether there is no repository, but for those that a first push is making. */
  boolean areEmpty() throws IOException {
    return left().isEmpty();
  }

  /** Removes what an interrupted restore has left. */
  void removeAll() throws IOException {
    for (long id : left()) {
      repositories.discard(id);
    }
  }

  private List<Long> left() throws IOException {
    return repositories.all().stream().filter(id -> !repositories.isBeingMade(id)).toList();
  }

  boolean isOpen() {
    return open != null;
  }

  void begin(String section) throws IOException {
    Matcher ofRepository = REPOSITORY.matcher(section);
    if (ofRepository.matches()) {
      beginRepository(Long.parseLong(ofRepository.group(1)), ofRepository.group(2));
    } else {
      finish();
      beginArtifact(new Digest(section.substring(Manifest.ARTIFACTS.length())));
    }
  }

  private void beginRepository(long id, String name) throws IOException {
    if (!Objects.equals(repository, id)) {
      finish();
      repository = id;
    }
    open = repositories.create(id, name);
  }

  /** Whoever runs it checks that it is what its name says, here as where it comes from. */
  private void beginArtifact(Digest digest) throws IOException {
    artifact = digest;
    if (artifacts == null) {
      throw new IOException(
          "the backup has artifacts, and the setting `artifacts` names no directory for them");
    }
    Files.createDirectories(artifacts.resolve("sha256"));
    Files.createDirectories(artifacts.resolve("incoming"));
    open = Files.newOutputStream(incoming(digest));
  }

  private Path incoming(Digest digest) {
    return Objects.requireNonNull(artifacts).resolve("incoming").resolve("restore~" + digest.hex());
  }

  void write(byte[] content) throws IOException {
    Objects.requireNonNull(open).write(content);
  }

  void end() throws IOException {
    OutputStream ending = Objects.requireNonNull(open);
    open = null;
    ending.close();
    if (artifact != null) {
      Path finished = Objects.requireNonNull(artifacts).resolve("sha256").resolve(artifact.hex());
      Files.move(
          incoming(artifact),
          finished,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      artifact = null;
      artifactCount++;
    }
  }

  /** No file of the repository at hand comes any more. */
  void finish() throws IOException {
    Long id = repository;
    if (id != null) {
      repositories.finish(id);
      finished.add(id);
      repository = null;
    }
  }

  int repositories() {
    return finished.size();
  }

  long artifacts() {
    return artifactCount;
  }
}
