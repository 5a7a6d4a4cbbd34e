package lmnop.controlplane.api;

import java.io.IOException;
import java.nio.file.Path;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.CommitBuilder;
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
      try (ObjectInserter inserter = repository.newObjectInserter()) {
        CommitBuilder commit = new CommitBuilder();
        commit.setTreeId(inserter.insert(new TreeFormatter()));
        PersonIdent nobody = new PersonIdent("nobody", "nobody@example.com");
        commit.setAuthor(nobody);
        commit.setCommitter(nobody);
        ObjectId id = inserter.insert(commit);
        inserter.flush();
        return id.name();
      }
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
