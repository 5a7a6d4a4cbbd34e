package lmnop.controlplane.repositories;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.springframework.web.util.UriUtils;

/**
 * Markdown of strangers as HTML: their own HTML is shown as text, links lead to the web or into the
 * repository, pictures come from the repository alone.
 */
final class Markdown {
  private static final int DEEPEST = 50; // lists and quotes in each other, and emphasis
  private static final List<Extension> TABLES = List.of(TablesExtension.create());
  private static final Pattern WEB = Pattern.compile("(?:https?://|mailto:)[\\x21-\\x7e]+");
  private static final Pattern SCHEME = Pattern.compile("[^/?#]*:.*", Pattern.DOTALL);

  private static final Parser PARSER =
      Parser.builder()
          .extensions(TABLES)
          .maxOpenBlockParsers(DEEPEST)
          .maxInlineNesting(DEEPEST)
          .build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder()
          .extensions(TABLES)
          .escapeHtml(true)
          .percentEncodeUrls(true)
          .attributeProviderFactory(context ->
              (node, tag, attributes) -> {
                if (node instanceof Link) {
                  attributes.put("rel", "nofollow noreferrer");
                }
              })
          .build();

  private Markdown() {}

  /** The HTML of a text that stands in this folder. */
  static String html(String text, Position folder) {
    Node document = PARSER.parse(text);
    document.accept(new Addresses(folder));
    return RENDERER.render(document);
  }

  /** Gives every address the form in which it may stand, or takes it away and leaves its words. */
  private static final class Addresses extends AbstractVisitor {
    private final Position folder;

    Addresses(Position folder) {
      this.folder = folder;
    }

    @Override
    public void visit(Link link) {
      visitChildren(link);
      Optional<String> address = address(link.getDestination());
      address.ifPresentOrElse(link::setDestination, () -> replaceByChildren(link));
    }

    @Override
    public void visit(Image image) {
      visitChildren(image);
      Optional<String> path = inside(image.getDestination()).filter(Folders::isPicture);
      path.map(folder::raw).ifPresentOrElse(image::setDestination, () -> replaceByChildren(image));
    }

    private Optional<String> address(String wanted) {
      return WEB.matcher(wanted).matches()
          ? Optional.of(wanted)
          : inside(wanted).map(folder::files);
    }

    /** The path in the repository that a relative address stands for. */
    private Optional<String> inside(String wanted) {
      if (SCHEME.matcher(wanted).matches() || wanted.startsWith("//") || wanted.startsWith("#")) {
        return Optional.empty();
      }
      String path;
      try {
        path = UriUtils.decode(wanted.split("[?#]", 2)[0], StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
      Deque<String> parts = new ArrayDeque<>();
      if (!path.startsWith("/") && !folder.path().isEmpty()) {
        parts.addAll(Arrays.asList(folder.path().split("/")));
      }
      for (String part : path.split("/")) {
        if (part.equals("..") && parts.pollLast() == null) {
          return Optional.empty();
        } else if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
          parts.addLast(part);
        }
      }
      return Optional.of(String.join("/", parts));
    }

    private static void replaceByChildren(Node node) {
      Node child = node.getFirstChild();
      while (child != null) {
        Node next = child.getNext();
        node.insertBefore(child);
        child = next;
      }
      node.unlink();
    }
  }
}
