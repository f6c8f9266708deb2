import { execa } from 'execa';
import { LaunchError } from '../errors.ts';
import type { Preset } from './command.ts';
import { findProgram, noneOf, type Places } from './installed.ts';
import { findOnPath } from './path.ts';

const adapter: Places = { programs: ['perl-debug-adapter'] };

/** Looking for the module does not load it, which takes most of a second. */
const probe = 'for (@INC) { exit 0 if -e "$_/Perl/LanguageServer.pm" } exit 1';

/**
 * Perl::LanguageServer speaks both protocols, its own and DAP, on whatever it is connected with. It is told a free port,
 * where the debuggee reports to it; up to version 2.5 the conversation on the standard streams does not know which.
 */
const serve = [
  'my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "$@\n"',
  'my $port = $free->sockport',
  'close $free',
  'no warnings "redefine"',
  '*Perl::LanguageServer::listen_port = sub { $port }',
  '@ARGV = ("--port", $port)',
  'Perl::LanguageServer::run',
].join('; ');

/** perl-debug-adapter where it is installed, else the one in Perl::LanguageServer. */
export const perl: Preset = {
  types: ['perl'],
  // It takes `env`, but of "é" it makes one byte.
  environment: 'none',
  async find(folders) {
    const program = await findProgram(adapter, folders);
    if (program !== undefined) return { by: 'stdio', command: program, args: [] };
    const interpreter = await findOnPath('perl');
    if (interpreter !== undefined && (await hasServer(interpreter))) {
      const args = ['-MIO::Socket::INET', '-MPerl::LanguageServer', '-e', serve];
      return { by: 'stdio', command: interpreter, args };
    }
    throw new LaunchError(
      'debugger-not-installed',
      `Cannot find a debug adapter for "perl": ${noneOf(adapter)}, and ${interpreter === undefined ? 'no "perl" on PATH' : `"${interpreter}" has no Perl::LanguageServer`}. ` +
        'Install it with "cpan Perl::LanguageServer" or your system\'s package "libperl-languageserver-perl", or name an adapter with "debugAdapter".',
      { attribute: 'debug.type' },
    );
  },
};

async function hasServer(interpreter: string): Promise<boolean> {
  const { exitCode } = await execa(interpreter, ['-e', probe], { reject: false, stdio: 'ignore' });
  return exitCode === 0;
}
