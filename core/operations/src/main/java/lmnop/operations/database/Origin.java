package lmnop.operations.database;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * From where somebody came whose request is being served. Each transaction tells it the database,
 * so that what is written down there says it without being told by every statement.
 *
 * @param way portal, api, git or command
 * @param client the address, as the router names it
 */
public record Origin(String way, String client) {
  /** Under this name a request carries it where its reactive context does not reach. */
  public static final String ATTRIBUTE = Origin.class.getName();

  private static final ScopedValue<Origin> CURRENT = ScopedValue.newInstance();

  /** The one of a reactive context, or else of the thread; null if nobody asked. */
  public static @Nullable Origin of(ContextView context) {
    if (context.hasKey(Origin.class)) {
      return context.get(Origin.class);
    }
    return CURRENT.isBound() ? CURRENT.get() : null;
  }

  /** The context with this origin. */
  public Context in(Context context) {
    return context.put(Origin.class, this);
  }

  /** The work, done in the name of an origin if there is one. */
  public static Runnable around(@Nullable Origin origin, Runnable work) {
    return origin == null ? work : () -> ScopedValue.where(CURRENT, origin).run(work);
  }
}
