package lmnop.controlplane.web;

import java.util.function.Function;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Who may call a route: what is declared where the route is, and decided in one place by the {@link
 * Entrance}.
 *
 * <p>It is written as {@code Access.portal().developer()}: by which door somebody comes, then what
 * they must be.
 *
 * @param door decides how callers prove who they are
 * @param right what they must have; of a token, what it must be good for
 * @param elsewhere finds whose functions a request is about; null where the path has a variable for
 *     that
 */
public record Access(
    Door door, Who who, Right right, @Nullable Function<ServerRequest, OwnerName> elsewhere) {
  static final String OWNER = "owner"; // the variable of a path

  /** What is at no route's address: whoever proves who he is learns that there is nothing. */
  static final Access NOTHING_HERE = new Access(Door.ANY, Who.ACCOUNT, Right.READ, null);

  /** By what callers prove who they are. */
  public enum Door {
    /** Whatever they show. */
    ANY,
    /** The session of a browser. */
    PORTAL,
    /** A password as git shows it: an account's, a token, a deploy password. */
    GIT,
    /** A token; an account's password too. */
    API,
    /** The token of a task that a worker holds; the route itself looks at it. */
    TASK
  }

  /** What a caller must be. */
  public enum Who {
    /** Anybody, also without proof. */
    EVERYBODY,
    /** Somebody with an account. */
    ACCOUNT,
    /** Somebody with the right at the owner. */
    MEMBER,
    /** Somebody who has every right everywhere. */
    ADMINISTRATOR
  }

  /** Open to everybody. */
  public static Access everybody() {
    return new Access(Door.ANY, Who.EVERYBODY, Right.READ, null);
  }

  /** Open to workers that hold a task. */
  public static Access holderOfTask() {
    return new Access(Door.TASK, Who.EVERYBODY, Right.READ, null);
  }

  /** By the session of a browser; at first to everybody who has an account. */
  public static Access portal() {
    return new Access(Door.PORTAL, Who.ACCOUNT, Right.READ, null);
  }

  /** The same for everybody, also without a session: only our own pages may send it. */
  public static Access signIn() {
    return new Access(Door.PORTAL, Who.EVERYBODY, Right.READ, null);
  }

  /** By a password as git shows it. */
  public static Access git() {
    return new Access(Door.GIT, Who.ACCOUNT, Right.READ, null);
  }

  /** By a token, or an account's name and password; at first to everybody who has an account. */
  public static Access api() {
    return new Access(Door.API, Who.ACCOUNT, Right.READ, null);
  }

  /**
   * By the session of a browser, or by what programs show; at first to everybody who has an
   * account. For what is only read: another site's form comes with a session too.
   */
  public static Access anyProof() {
    return new Access(Door.ANY, Who.ACCOUNT, Right.READ, null);
  }

  /** To those who may see the functions of the owner that the path names. */
  public Access reader() {
    return new Access(door, Who.MEMBER, Right.READ, elsewhere);
  }

  /** To those who may change that owner's functions. */
  public Access developer() {
    return new Access(door, Who.MEMBER, Right.DEPLOY, elsewhere);
  }

  /** To those who may do everything for that owner. */
  public Access owner() {
    return new Access(door, Who.MEMBER, Right.ADMIN, elsewhere);
  }

  /** To administrators. */
  public Access administrator() {
    return new Access(door, Who.ADMINISTRATOR, Right.ADMIN, elsewhere);
  }

  /** The same where the path has no variable of the owner's name. */
  public Access at(Function<ServerRequest, OwnerName> owner) {
    return new Access(door, who, right, owner);
  }

  /** Whether the path has to name an owner. */
  boolean needsOwnerInPath() {
    return who == Who.MEMBER && elsewhere == null;
  }

  /** Whether what is declared may change nothing, because a session is taken without its form. */
  boolean isForReadingOnly() {
    return door == Door.ANY && who != Who.EVERYBODY;
  }

  /** Whose functions a request is about, where {@link #who} is a member of an owner. */
  public OwnerName ownerNamedBy(ServerRequest request) {
    return elsewhere == null
        ? new OwnerName(request.pathVariable(OWNER))
        : elsewhere.apply(request);
  }
}
