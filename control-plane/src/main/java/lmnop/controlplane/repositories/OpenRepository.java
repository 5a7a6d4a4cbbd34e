package lmnop.controlplane.repositories;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.AbbreviatedObjectId;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.jspecify.annotations.Nullable;

/**
 * A repository that is being read. Everything here blocks. Only what branches and tags lead to is
 * there: not what a push brought that was refused, and not what the platform holds for itself.
 */
final class OpenRepository implements AutoCloseable {
  private static final int MOST_REFS = 1_000; // of branches, and of tags
  private static final int CHECKED_EVERY = 256; // commits
  private static final Pattern NUMBER = Pattern.compile("[0-9a-f]{7,40}");

  private final Repository repository;
  private final ObjectReader reader;
  private final String deployBranch;

  OpenRepository(Repository repository, String deployBranch) {
    this.repository = repository;
    this.reader = repository.newObjectReader();
    this.deployBranch = deployBranch;
  }

  ObjectReader reader() {
    return reader;
  }

  /** A commit, and the name by which it was found. */
  record Found(String at, RevCommit commit) {}

  /**
   * What a branch, a tag or the number of a commit stands for; an empty text for what is deployed.
   * No expression of git's is understood.
   */
  Optional<Found> find(String at) throws IOException {
    if (at.isEmpty()) {
      return start();
    }
    for (String prefix : List.of(Constants.R_HEADS, Constants.R_TAGS)) {
      if (Repository.isValidRefName(prefix + at)) {
        RevCommit commit = commit(repository.exactRef(prefix + at));
        if (commit != null) {
          return Optional.of(new Found(at, commit));
        }
      }
    }
    return NUMBER.matcher(at).matches()
        ? byNumber(at).map(commit -> new Found(commit.name(), commit))
        : Optional.empty();
  }

  /** The branch that is deployed, or else the one that was pushed last. */
  private Optional<Found> start() throws IOException {
    RevCommit deployed = commit(repository.exactRef(Constants.R_HEADS + deployBranch));
    if (deployed != null) {
      return Optional.of(new Found(deployBranch, deployed));
    }
    List<NamedRef> branches = branches();
    return branches.isEmpty() ? Optional.empty() : find(branches.getFirst().name());
  }

  private @Nullable RevCommit commit(@Nullable Ref ref) throws IOException {
    ObjectId id = ref == null ? null : ref.getObjectId();
    if (id == null) {
      return null;
    }
    try (RevWalk walk = new RevWalk(reader)) {
      RevCommit commit = walk.parseCommit(id);
      walk.parseBody(commit);
      return commit;
    } catch (IncorrectObjectTypeException | MissingObjectException e) {
      return null; // a tag of a file, say
    }
  }

  private Optional<RevCommit> byNumber(String number) throws IOException {
    Collection<ObjectId> ids =
        number.length() == Constants.OBJECT_ID_STRING_LENGTH
            ? List.of(ObjectId.fromString(number))
            : reader.resolve(AbbreviatedObjectId.fromString(number));
    if (ids.size() != 1) {
      return Optional.empty();
    }
    ObjectId id = ids.iterator().next();
    try (RevWalk walk = new RevWalk(reader)) {
      walk.setRetainBody(false);
      for (Ref ref : publicRefs()) {
        RevCommit tip = commit(ref);
        if (tip != null) {
          walk.markStart(walk.lookupCommit(tip));
        }
      }
      int seen = 0;
      for (RevCommit commit = walk.next(); commit != null; commit = walk.next()) {
        if (++seen % CHECKED_EVERY == 0) {
          Patience.check();
        }
        if (commit.equals(id)) {
          walk.parseBody(commit);
          return Optional.of(commit);
        }
      }
    }
    return Optional.empty();
  }

  private List<Ref> publicRefs() throws IOException {
    List<Ref> refs =
        new ArrayList<>(repository.getRefDatabase().getRefsByPrefix(Constants.R_HEADS));
    refs.addAll(repository.getRefDatabase().getRefsByPrefix(Constants.R_TAGS));
    return refs;
  }

  /** The branches: the one that is deployed first, then those with the newest commits. */
  List<NamedRef> branches() throws IOException {
    return named(Constants.R_HEADS);
  }

  /** The tags, those of the newest commits first. */
  List<NamedRef> tags() throws IOException {
    return named(Constants.R_TAGS);
  }

  private List<NamedRef> named(String prefix) throws IOException {
    List<NamedRef> found = new ArrayList<>();
    for (Ref ref : repository.getRefDatabase().getRefsByPrefix(prefix)) {
      Patience.check();
      RevCommit commit = found.size() < MOST_REFS ? commit(ref) : null;
      if (commit != null) {
        String name = ref.getName().substring(prefix.length());
        boolean deploys = prefix.equals(Constants.R_HEADS) && name.equals(deployBranch);
        found.add(new NamedRef(name, deploys, CommitLine.of(commit)));
      }
    }
    found.sort(
        Comparator.comparing(NamedRef::deploys)
            .reversed()
            .thenComparing(ref -> ref.commit().at(), Comparator.reverseOrder())
            .thenComparing(NamedRef::name));
    return found;
  }

  /** The branch that is deployed. */
  String deployBranch() {
    return deployBranch;
  }

  @Override
  public void close() {
    reader.close();
    repository.close();
  }
}
