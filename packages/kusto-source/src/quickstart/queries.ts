import { markToken, type EngineQuery } from './drasi-engine.ts';

const label = 'StormEvents';

/** The rows of one state: the query of the Kusto source's first users. */
export const newYorkQuery: EngineQuery = {
  id: 'new-york',
  cypher:
    "MATCH (i:StormEvents {State: 'NEW YORK'}) " +
    'RETURN i.State as State, i.EventId as EventId, i.EventType as Event, ' +
    'i.InjuriesDirect as Injuries, i.DeathsDirect as Deaths, i.DamageProperty as Damage',
  probe: { labels: [label], properties: { State: 'NEW YORK', EventType: markToken, DamageProperty: 0 } },
};

/** One row a state, of the storms that did damage: the probe of New York's query does none, so it is not counted here. */
export const damageQuery: EngineQuery = {
  id: 'damage-by-state',
  cypher:
    'MATCH (i:StormEvents) WHERE i.DamageProperty > 0 ' +
    'RETURN i.State as State, count(i) as Storms, sum(i.DamageProperty) as Damage',
  probe: { labels: [label], properties: { State: markToken, DamageProperty: 1 } },
};

export const quickstartQueries: readonly EngineQuery[] = [newYorkQuery, damageQuery];
