package lmnop.controlplane.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TreeFormatter;

/** The repository of the function that tests of the API look at. */
final class HelloRepository {
  private HelloRepository() {}

  /** Makes it, with one commit of nothing; its name. */
  static String create(Path data) throws IOException {
    try (Repository repository = new FileRepository(data.resolve("repositories/1.git").toFile())) {
      repository.create(true);
      return commit(repository, new TreeFormatter());
    }
  }

  private static String commit(Repository repository, TreeFormatter files) throws IOException {
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      CommitBuilder commit = new CommitBuilder();
      commit.setTreeId(inserter.insert(files));
      PersonIdent nobody = new PersonIdent("nobody", "nobody@example.com");
      commit.setAuthor(nobody);
      commit.setCommitter(nobody);
      ObjectId id = inserter.insert(commit);
      inserter.flush();
      return id.name();
    }
  }

  /** A commit of one file, to which no branch leads yet; its name. */
  static String commitOf(Path data, String file, String text) throws IOException {
    try (Repository repository = new FileRepository(data.resolve("repositories/1.git").toFile());
        ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId content = inserter.insert(Constants.OBJ_BLOB, text.getBytes(StandardCharsets.UTF_8));
      inserter.flush();
      TreeFormatter files = new TreeFormatter();
      files.append(file, FileMode.REGULAR_FILE, content);
      return commit(repository, files);
    }
  }

  /** A branch at a commit of the repository. */
  static void addBranch(Path data, String ref, String commit) throws IOException {
    try (Repository repository = new FileRepository(data.resolve("repositories/1.git").toFile())) {
      RefUpdate update = repository.updateRef(ref);
      update.setNewObjectId(ObjectId.fromString(commit));
      update.update();
    }
  }
}
