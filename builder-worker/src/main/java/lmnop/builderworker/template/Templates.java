package lmnop.builderworker.template;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.Trees;
import lmnop.templates.Template;
import lmnop.templates.TemplateFile;

/** The templates that this worker has fetched, each once, by digest. */
public final class Templates {
  /** Fetches the tar of a template. */
  public interface Source {
    void fetch(Digest digest, OutputStream into) throws IOException, InterruptedException;
  }

  private final Path directory;
  private final ConcurrentMap<Digest, TemplateFolder> read = new ConcurrentHashMap<>();
  private final ReentrantLock fetching = new ReentrantLock();

  /** Keeps templates below the directory, which is emptied: it is a cache of small files. */
  public Templates(Path directory) throws IOException {
    this.directory = directory;
    Trees.delete(directory);
    Files.createDirectories(directory);
  }

  /** Gives the template of that digest, from the source if it is not here yet. */
  public TemplateFolder get(Digest digest, Source source) throws IOException, InterruptedException {
    TemplateFolder known = read.get(digest);
    if (known != null) {
      return known;
    }
    fetching.lockInterruptibly();
    try {
      TemplateFolder meanwhile = read.get(digest);
      return meanwhile != null ? meanwhile : fetch(digest, source);
    } finally {
      fetching.unlock();
    }
  }

  private TemplateFolder fetch(Digest digest, Source source)
      throws IOException, InterruptedException {
    Path tar = directory.resolve(digest.hex() + ".tar");
    Path folder = directory.resolve(digest.hex());
    try {
      try (Digest.Sink sink = new Digest.Sink(Files.newOutputStream(tar))) {
        source.fetch(digest, sink);
        Digest got = sink.digest();
        if (!got.equals(digest)) {
          throw new IOException("the template " + digest + " came as " + got);
        }
      }
      Trees.delete(folder);
      Files.createDirectory(folder);
      try (InputStream in = new BufferedInputStream(Files.newInputStream(tar))) {
        TarReader.unpack(in, folder, TarReader.Budget.TEMPLATE);
      }
    } finally {
      Files.deleteIfExists(tar);
    }
    Template template = TemplateFile.read(Files.readString(folder.resolve(TemplateFile.NAME)));
    TemplateFolder fetched = new TemplateFolder(digest, folder, template);
    read.put(digest, fetched);
    return fetched;
  }
}
