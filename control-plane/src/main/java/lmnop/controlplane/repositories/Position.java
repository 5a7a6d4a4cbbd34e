package lmnop.controlplane.repositories;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.springframework.web.util.UriUtils;

/**
 * Where somebody looks.
 *
 * @param at the branch, the tag or the number of the commit, as it was asked for
 * @param commit its number; empty in a repository without commits
 * @param branches by which another one is chosen, the one that is deployed first
 * @param path of a folder or file; empty is the root
 */
public record Position(
    OwnerName owner,
    FunctionName name,
    String at,
    String commit,
    List<String> branches,
    String path) {
  /** A part of the path, with the way to it. */
  public record Part(String name, String path) {}

  /** The address of the repository's page. */
  public String root() {
    return root(owner, name);
  }

  static String root(OwnerName owner, FunctionName name) {
    return "/repositories/" + owner + "/" + name;
  }

  /** Whether there is no commit yet. */
  public boolean isEmpty() {
    return commit.isEmpty();
  }

  /** What is looked at, as people read it. */
  public String shown() {
    boolean number = at.equals(commit);
    return number ? commit.substring(0, 7) : Visible.line(at, 200);
  }

  /** The folders on the way, and what is at its end. */
  public List<Part> parts() {
    List<String> names = path.isEmpty() ? List.of() : List.of(path.split("/"));
    return IntStream.range(0, names.size())
        .mapToObj(i ->
            new Part(Visible.line(names.get(i), 255), String.join("/", names.subList(0, i + 1))))
        .toList();
  }

  /** The root of another branch, tag or commit. */
  public Position of(String other) {
    return new Position(owner, name, other, commit, branches, "");
  }

  /** The address of a file or folder. */
  public String files(String wanted) {
    return root() + "/files" + query(at, wanted);
  }

  /** The address of a file's bytes. */
  public String raw(String wanted) {
    return root() + "/raw" + query(at, wanted);
  }

  /** The address of the commits that led here. */
  public String commits() {
    return root() + "/commits" + query(at, path);
  }

  /** The address of the commits that come after so many. */
  public String commitsAfter(int skipped) {
    return root() + "/commits" + query(commit, path) + "&skip=" + skipped;
  }

  /** The address of a commit. */
  public String commit(String id) {
    return root() + "/commits/" + id;
  }

  /** The address of an archive. */
  public String archive(String ending) {
    return root() + "/archive." + ending + query(at, "");
  }

  private static String query(String at, String path) {
    String asked = "?at=" + UriUtils.encode(at, StandardCharsets.UTF_8);
    return path.isEmpty()
        ? asked
        : asked + "&path=" + UriUtils.encode(path, StandardCharsets.UTF_8);
  }
}
