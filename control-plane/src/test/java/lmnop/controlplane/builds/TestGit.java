package lmnop.controlplane.builds;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import lmnop.controlplane.git.Repositories;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TreeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * A bare repository of tests.
 *
 * @param id its number
 */
record TestGit(Repositories repositories, long id) {
  /** Adds a commit to the repository, as a push would. */
  String commit(@Nullable String parent, String text) throws IOException {
    try (Repository repository = repositories.open(id);
        ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId blob = inserter.insert(Constants.OBJ_BLOB, text.getBytes(StandardCharsets.UTF_8));
      TreeFormatter tree = new TreeFormatter();
      tree.append("file", FileMode.REGULAR_FILE, blob);
      CommitBuilder commit = new CommitBuilder();
      commit.setTreeId(inserter.insert(tree));
      if (parent != null) {
        commit.setParentId(ObjectId.fromString(parent));
      }
      PersonIdent nobody = new PersonIdent("nobody", "nobody@example.com");
      commit.setAuthor(nobody);
      commit.setCommitter(nobody);
      commit.setMessage(text);
      ObjectId id = inserter.insert(commit);
      inserter.flush();
      return id.name();
    }
  }

  /** Where a ref is. */
  @Nullable String ref(String name) throws IOException {
    try (Repository repository = repositories.open(id)) {
      var ref = repository.exactRef(name);
      return ref == null || ref.getObjectId() == null ? null : ref.getObjectId().name();
    }
  }

  /** Deletes a branch, as git does once everything else is done. */
  void removeRef(String name) throws IOException {
    try (Repository repository = repositories.open(id)) {
      RefUpdate update = repository.updateRef(name);
      update.setForceUpdate(true);
      update.delete();
    }
  }

  /** What is held for builds. */
  List<String> holds() throws IOException {
    try (Repository repository = repositories.open(id)) {
      return repository.getRefDatabase().getRefsByPrefix("refs/lmnop/").stream()
          .map(Ref::getName)
          .toList();
    }
  }
}
