/* The sections of the settings: what they are called, and who sees them. */
export const SECTIONS = {
  account: { label: 'settings.account' },
  tokens: { label: 'settings.tokens' },
  teams: { label: 'settings.teams', admin: true },
  stages: { label: 'settings.stages', admin: true },
  users: { label: 'settings.users', admin: true },
};
