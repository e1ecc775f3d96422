package io.kybern.apiserver.registry;

/**
 * What a write must have to itself in the cluster, such as a cluster IP: claimed before the commit, settled after it, abandoned if
 * the commit fails. Each step may be repeated.
 */
public interface ClaimPlan {

    /**
     * Claims what is new.
     *
     * @throws io.kybern.api.status.ApiException if somebody else has it; then nothing stays claimed
     */
    void claim();

    /** The write is stored: gives back what it no longer needs. */
    void settle();

    /** The write failed: gives back what was claimed for it. */
    void abandon();

    /** Nothing to claim. */
    static ClaimPlan none() {
        return NoClaims.INSTANCE;
    }

    /** The plan of the types that claim nothing. */
    enum NoClaims implements ClaimPlan {
        INSTANCE;

        @Override
        public void claim() {
            // nothing is claimed
        }

        @Override
        public void settle() {
            // nothing is given back
        }

        @Override
        public void abandon() {
            // nothing was claimed
        }
    }
}
