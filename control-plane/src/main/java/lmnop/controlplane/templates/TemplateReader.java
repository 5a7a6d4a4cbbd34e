package lmnop.controlplane.templates;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.EntryNames;
import lmnop.controlplane.git.ForeignRepository;
import lmnop.controlplane.git.GitSettings;
import lmnop.controlplane.git.Harmless;
import lmnop.controlplane.git.SourceRefused;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.TarWriter;
import lmnop.operations.archive.Trees;
import lmnop.operations.archive.UnsafeArchive;
import lmnop.templates.InvalidTemplate;
import lmnop.templates.Template;
import lmnop.templates.TemplateFile;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Reads a template from where it comes from, and refuses what no build could use. */
final class TemplateReader {
  private static final TarReader.Budget BUDGET = TarReader.Budget.TEMPLATE;
  private static final int LONGEST_PATH = 1_000; // bytes
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** One commit of a repository, which may hold more than the template. */
  private static final GitSettings.PackLimits PACK =
      new GitSettings.PackLimits(
          DataSize.ofMegabytes(64),
          100_000, // objects
          DataSize.ofMegabytes(32),
          DataSize.ofMegabytes(4),
          DataSize.ofMegabytes(512),
          250, // deltas on deltas
          DataSize.ofMegabytes(32));

  private static final GitSettings.TreeLimits TREE =
      new GitSettings.TreeLimits(
          BUDGET.entries(), BUDGET.depth(), LONGEST_PATH, DataSize.ofBytes(BUDGET.bytes()));

  private TemplateReader() {}

  static ReadTemplate read(TemplateSource source) {
    try {
      Path scratch = Files.createTempDirectory("lmnop-template");
      try {
        return read(source, scratch);
      } finally {
        Trees.delete(scratch);
      }
    } catch (SourceRefused e) {
      throw new Refused(String.valueOf(e.getMessage()));
    } catch (UnsafeArchive e) {
      throw new Refused("%s cannot be taken: %s.".formatted(source.inWords(), e.getMessage()));
    } catch (InvalidTemplate e) {
      throw new Refused(
          "%s is no template that can be used:\n  - %s"
              .formatted(
                  source.inWords(),
                  e.problems().stream()
                      .map(TemplateReader::harmless)
                      .collect(Collectors.joining("\n  - "))));
    } catch (IOException | UncheckedIOException e) {
      throw new Refused("%s cannot be read: %s.".formatted(source.inWords(), e.getMessage()));
    }
  }

  /** A problem quotes the file, which may want to steer the terminal. */
  private static String harmless(String problem) {
    return problem.lines().map(Harmless::plain).collect(Collectors.joining("\n    "));
  }

  private static ReadTemplate read(TemplateSource source, Path scratch) throws IOException {
    byte[] tar;
    @Nullable String commit = null;
    if (source.isRepository()) {
      ForeignRepository repository =
          new ForeignRepository(
              URI.create(source.from()),
              Files.createDirectory(scratch.resolve("repository")),
              PATIENCE);
      ForeignRepository.Folder folder = repository.fetch(source.ref(), source.folder(), PACK, TREE);
      tar = folder.tar();
      commit = folder.commit();
    } else {
      tar = tar(Path.of(source.from()));
    }
    Path unpacked = Files.createDirectory(scratch.resolve("template"));
    TarReader.unpack(new ByteArrayInputStream(tar), unpacked, BUDGET);
    return new ReadTemplate(check(unpacked), tar, commit);
  }

  private static Template check(Path folder) throws IOException {
    Path file = folder.resolve(TemplateFile.NAME);
    if (!Files.isRegularFile(file)) {
      throw new InvalidTemplate(
          List.of(
              "the file "
                  + TemplateFile.NAME
                  + " is missing; templates/README.md says what is in it"));
    }
    String yaml;
    try {
      yaml = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InvalidTemplate(List.of("the file " + TemplateFile.NAME + " is not UTF-8"));
    }
    return TemplateFile.check(yaml, path -> Files.exists(folder.resolve(path)));
  }

  /** A folder of this machine; what links in it lead to takes their place. */
  private static byte[] tar(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new SourceRefused(
          "'%s' is no folder of this machine; a git repository is written https://… or file:///…"
              .formatted(folder));
    }
    measure(folder);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      writer.treeOfFiles(folder, folder);
    }
    return tar.toByteArray();
  }

  /** Refuses a folder that is something else, before all of it is read. */
  private static void measure(Path folder) throws IOException {
    int entries = 0;
    long bytes = 0;
    try (Stream<Path> all = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      for (Iterator<Path> paths = all.skip(1).iterator(); paths.hasNext(); ) {
        Path path = paths.next();
        Optional<String> problem = EntryNames.problem(String.valueOf(path.getFileName()));
        if (problem.isPresent()) {
          throw new SourceRefused("'%s' cannot be taken: %s.".formatted(folder, problem.get()));
        }
        if (!Files.isRegularFile(path) && !Files.isDirectory(path)) { // a pipe would never end
          throw new SourceRefused(
              "'%s' cannot be taken: '%s' in it is neither file nor folder, nor a link to one."
                  .formatted(folder, path.getFileName()));
        }
        bytes += Files.isRegularFile(path) ? Files.size(path) : 0;
        if (++entries > BUDGET.entries() || bytes > BUDGET.bytes()) {
          throw new SourceRefused(
              "'%s' has more than %d files or %d MiB, which no template needs: name the folder of one."
                  .formatted(folder, BUDGET.entries(), BUDGET.bytes() >> 20));
        }
      }
    }
  }
}
