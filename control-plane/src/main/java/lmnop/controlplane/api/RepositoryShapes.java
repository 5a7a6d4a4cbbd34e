package lmnop.controlplane.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import lmnop.controlplane.repositories.CommitLine;
import lmnop.controlplane.repositories.Entry;
import lmnop.controlplane.repositories.FileChange;
import lmnop.controlplane.repositories.ListedRepository;
import lmnop.controlplane.repositories.NamedRef;
import lmnop.controlplane.repositories.Outcome;
import lmnop.controlplane.repositories.Readme;
import lmnop.controlplane.repositories.Shown;
import lmnop.controlplane.repositories.ShownCommit;
import lmnop.controlplane.repositories.ShownCommits;
import lmnop.controlplane.repositories.ShownFile;
import lmnop.controlplane.repositories.ShownRefs;
import lmnop.controlplane.repositories.Token;
import org.jspecify.annotations.Nullable;

/** What is answered of repositories. */
final class RepositoryShapes {
  private RepositoryShapes() {}

  static Object repository(ListedRepository repository) {
    return Shapes.of(
        "owner", repository.owner(),
        "name", repository.name(),
        "branch", repository.branch(),
        "functions", repository.functions(),
        "lastBuild", outcome(repository.outcome()));
  }

  private static @Nullable Object outcome(@Nullable Outcome outcome) {
    return outcome == null || (outcome.build() == null && outcome.serving().isEmpty())
        ? null
        : Shapes.of(
            "build", outcome.build(),
            "state", outcome.state(),
            "message", outcome.message(),
            "serving", outcome.serving());
  }

  static Object place(Shown shown) {
    List<Entry> entries = shown.entries();
    Readme readme = shown.readme();
    return Shapes.of(
        "at", shown.position().at(),
        "commit", shown.position().isEmpty() ? null : shown.position().commit(),
        "path", shown.position().path(),
        "entries", entries == null ? null : entries.stream().map(RepositoryShapes::entry).toList(),
        "more", shown.more(),
        "readme", readme == null ? null : Shapes.of("name", readme.name(), "text", readme.text()),
        "file", file(shown.file()));
  }

  private static Object entry(Entry entry) {
    return Shapes.of(
        "name", entry.name(),
        "path", entry.path(),
        "kind", entry.kind().name().toLowerCase(Locale.ROOT),
        "size", entry.kind() == Entry.Kind.FILE ? entry.size() : null);
  }

  private static @Nullable Object file(@Nullable ShownFile file) {
    return file == null
        ? null
        : Shapes.of(
            "size", file.size(),
            "language", file.language(),
            "picture", file.picture(),
            "text", text(file.lines()),
            "words", file.words());
  }

  private static @Nullable String text(@Nullable List<List<Token>> lines) {
    return lines == null
        ? null
        : lines.stream()
            .map(line -> line.stream().map(Token::text).collect(Collectors.joining()))
            .collect(Collectors.joining("\n"));
  }

  static Object commits(ShownCommits shown, @Nullable String next) {
    return Shapes.of(
        "items",
        shown.commits().stream().map(commit -> commit(commit, shown.outcomes())).toList(),
        "next",
        next);
  }

  private static Map<String, @Nullable Object> commit(
      CommitLine commit, Map<String, Outcome> outcomes) {
    return Shapes.of(
        "commit", commit.id(),
        "summary", commit.summary(),
        "author", commit.author(),
        "at", commit.at(),
        "outcome", outcome(outcomes.get(commit.id())));
  }

  static Object commit(ShownCommit shown) {
    Outcome outcome = shown.outcome();
    Map<String, @Nullable Object> members =
        commit(shown.line(), outcome == null ? Map.of() : Map.of(shown.line().id(), outcome));
    members.put("message", shown.message());
    members.put("committer", shown.committer());
    members.put("parents", shown.parents());
    members.put("files", shown.changes().stream().map(RepositoryShapes::change).toList());
    members.put("more", shown.more());
    return members;
  }

  private static Object change(FileChange change) {
    return Shapes.of(
        "verb", change.verb(),
        "path", change.path(),
        "before", change.before(),
        "words", change.words(),
        "added", change.added(),
        "removed", change.removed(),
        "hunks", change.hunks().stream().map(RepositoryShapes::hunk).toList());
  }

  private static Object hunk(FileChange.Hunk hunk) {
    return Shapes.of(
        "where", hunk.where(),
        "lines", hunk.lines().stream().map(line -> line.sign() + line.text()).toList());
  }

  static Object refs(ShownRefs shown) {
    return Shapes.of(
        "branches", shown.branches().stream().map(ref -> ref(ref, shown.outcomes())).toList(),
        "tags", shown.tags().stream().map(ref -> ref(ref, shown.outcomes())).toList());
  }

  private static Object ref(NamedRef ref, Map<String, Outcome> outcomes) {
    return Shapes.of(
        "name", ref.name(),
        "deploys", ref.deploys(),
        "commit", commit(ref.commit(), outcomes));
  }
}
