package io.kybern.apiserver.flowcontrol;

import java.util.ArrayList;
import java.util.List;

/**
 * Shares the seats out among the levels. Each has a nominal number by its shares. Of what it does not use it lends a part, and a level
 * that wants more than its own gets from that in proportion to its nominal number.
 */
final class SeatPlanner {

    private static final int PERCENT = 100;
    private static final int ROUNDS = 50;

    private SeatPlanner() {}

    /**
     * One level's wish.
     *
     * @param nominal its own seats
     * @param lendable how many of them others may use
     * @param borrowable how many of others' seats it may use
     * @param demand how many seats it could have used at once of late
     */
    record Wish(int nominal, int lendable, int borrowable, int demand) {

        int least() {
            return Math.min(nominal, Math.max(nominal - lendable, demand));
        }

        int most() {
            return Math.max(least(), nominal + borrowable);
        }

        int wanted() {
            return Math.max(least(), Math.min(most(), demand));
        }
    }

    /** Between how many and how many seats one gets, in proportion to the weight. */
    private record Bounds(int weight, int least, int most) {

        int seats(double factor) {
            return (int) Math.min(most, Math.max(least, Math.floor(weight * factor)));
        }
    }

    /** The nominal seats of a level. */
    static int nominal(int total, int shares, int allShares) {
        return allShares == 0 ? 0 : (int) Math.ceil((double) total * shares / allShares);
    }

    /** A wish of a level with those settings. */
    static Wish wish(LevelSettings level, int nominal, int total, int demand) {
        int lendable = Math.round(nominal * level.lendablePercent() / (float) PERCENT);
        int borrowable =
                level.borrowingPercent() < 0 ? total : Math.round(nominal * level.borrowingPercent() / (float) PERCENT);
        return new Wish(nominal, lendable, borrowable, demand);
    }

    /** How many seats each gets: none less than what it must keep, all together no more than their nominal numbers. */
    static List<Integer> share(List<Wish> wishes) {
        int total = wishes.stream().mapToInt(Wish::nominal).sum();
        List<Integer> wanted = fill(
                total,
                wishes.stream()
                        .map(wish -> new Bounds(wish.nominal(), wish.least(), wish.wanted()))
                        .toList());
        // what nobody wants goes back to its owners
        List<Bounds> owners = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            int nominal = wishes.get(i).nominal();
            owners.add(new Bounds(nominal, wanted.get(i), Math.max(wanted.get(i), nominal)));
        }
        return fill(total, owners);
    }

    private static List<Integer> fill(int total, List<Bounds> bounds) {
        double low = 0;
        double high = 1;
        while (sum(bounds, high) < total && high <= total) {
            high *= 2;
        }
        for (int i = 0; i < ROUNDS; i++) {
            double middle = (low + high) / 2;
            if (sum(bounds, middle) <= total) {
                low = middle;
            } else {
                high = middle;
            }
        }
        double factor = sum(bounds, high) <= total ? high : low;
        return bounds.stream().map(each -> each.seats(factor)).toList();
    }

    private static int sum(List<Bounds> bounds, double factor) {
        return bounds.stream().mapToInt(each -> each.seats(factor)).sum();
    }
}
