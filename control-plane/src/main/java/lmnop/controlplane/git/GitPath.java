package lmnop.controlplane.git;

import java.util.Arrays;
import java.util.List;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;

/**
 * What a URL of the git server names: {@code /scm/<name>…} or {@code /scm/<owner>/<name>…}, with or
 * without {@code .git}.
 *
 * @param rest what is asked of the repository: {@code info/refs}, {@code git-upload-pack}, …
 */
record GitPath(OwnerName owner, FunctionName name, String rest) {
  private static final List<String> LAST_WORDS =
      List.of(GitApi.ADVERTISE, GitApi.UPLOAD_PACK, GitApi.RECEIVE_PACK);
  private static final String PREFIX = "/scm/";
  private static final String SUFFIX = ".git";

  /** Reads a raw path; names hold no character that a URL would have to encode. */
  static GitPath parse(String path) {
    for (String last : LAST_WORDS) {
      int end = path.length() - last.length() - 1;
      if (path.endsWith("/" + last) && end > PREFIX.length()) {
        return named(Arrays.asList(path.substring(PREFIX.length(), end).split("/", -1)), last);
      }
    }
    throw new Refusal(
        HttpStatus.NOT_FOUND,
        "There is nothing at this address. A repository is at /scm/<name>, and this server speaks"
            + " git's smart protocol only.");
  }

  private static GitPath named(List<String> segments, String rest) {
    if (segments.size() > 2) {
      throw new Refusal(
          HttpStatus.NOT_FOUND, "A repository is at /scm/<name> or at /scm/<owner>/<name>.");
    }
    try {
      OwnerName owner =
          segments.size() == 2 ? new OwnerName(segments.getFirst()) : OwnerName.DEFAULT;
      String name = segments.getLast();
      return new GitPath(
          owner,
          new FunctionName(
              name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name),
          rest);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, e.getMessage() + ".");
    }
  }
}
