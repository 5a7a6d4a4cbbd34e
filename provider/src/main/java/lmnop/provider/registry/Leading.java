package lmnop.provider.registry;

import java.util.OptionalLong;

/** By what a process shows to the database that it provides for the registry. */
public interface Leading {
  /** Under which name the lease is held. */
  String holder();

  /** The fencing number; nothing while it is not known whether this process leads. */
  OptionalLong fence();
}
