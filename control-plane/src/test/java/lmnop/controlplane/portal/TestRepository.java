package lmnop.controlplane.portal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TreeFormatter;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;

/** A bare repository in which may be what no push would get past the checks. */
final class TestRepository implements AutoCloseable {
  private final Repository repository;
  private long commits;

  TestRepository(Path data, long id) throws IOException {
    repository =
        new FileRepositoryBuilder()
            .setGitDir(data.resolve("repositories").resolve(id + ".git").toFile())
            .setBare()
            .build();
    repository.create(true);
  }

  /** Commits these files; a name that ends with {@code @} is a link. */
  String commit(String ref, String message, String author, Map<String, byte[]> files)
      throws IOException {
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      CommitBuilder commit = new CommitBuilder();
      commit.setTreeId(tree(inserter, files));
      ObjectId parent = repository.resolve(ref);
      if (parent != null) {
        commit.setParentId(parent);
      }
      Instant at = Instant.parse("2026-03-01T12:00:00Z").plusSeconds(60 * commits++);
      PersonIdent ident = new PersonIdent(author, "a@example.com", at, ZoneOffset.UTC);
      commit.setAuthor(ident);
      commit.setCommitter(ident);
      commit.setMessage(message);
      ObjectId id = inserter.insert(commit);
      inserter.flush();
      RefUpdate update = repository.updateRef(ref);
      update.setNewObjectId(id);
      update.forceUpdate();
      return id.name();
    }
  }

  private static ObjectId tree(ObjectInserter inserter, Map<String, byte[]> files)
      throws IOException {
    TreeFormatter tree = new TreeFormatter();
    Map<String, Map<String, byte[]>> folders = new TreeMap<>();
    Map<String, Runnable> entries = new TreeMap<>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      int slash = file.getKey().indexOf('/');
      if (slash > 0) {
        folders
            .computeIfAbsent(file.getKey().substring(0, slash), name -> new TreeMap<>())
            .put(file.getKey().substring(slash + 1), file.getValue());
      } else {
        ObjectId blob = inserter.insert(Constants.OBJ_BLOB, file.getValue());
        boolean link = file.getKey().endsWith("@");
        String name = link ? file.getKey().substring(0, file.getKey().length() - 1) : file.getKey();
        FileMode mode = link ? FileMode.SYMLINK : FileMode.REGULAR_FILE;
        entries.put(name, () -> tree.append(name.getBytes(StandardCharsets.UTF_8), mode, blob));
      }
    }
    for (Map.Entry<String, Map<String, byte[]>> folder : folders.entrySet()) {
      ObjectId below = tree(inserter, folder.getValue());
      entries.put(folder.getKey() + "/", () -> tree.append(folder.getKey(), FileMode.TREE, below));
    }
    entries.values().forEach(Runnable::run);
    return inserter.insert(tree);
  }

  @Override
  public void close() {
    repository.close();
  }
}
