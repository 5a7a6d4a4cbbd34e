package lmnop.controlplane.templates;

/** A push names a template that is not there. */
public final class NoTemplate extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NoTemplate(String name) {
    super(
        "the template '%s' was removed a moment ago: name another one in function.yml"
            .formatted(name),
        null,
        false,
        false);
  }
}
