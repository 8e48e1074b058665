//! Servers with a certificate of a private authority.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::{
    kubernetes::{
        faulty::{Faulty, Reply},
        made, report,
    },
    support::Folder,
};

/// A private authority in PEM, and what a server on loopback needs.
fn authority() -> (String, ServerConfig) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap();
    let issuer = Issuer::from_params(&params, &key);
    let own = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).unwrap().signed_by(&own, &issuer).unwrap();
    let chain = vec![CertificateDer::from(leaf.der().to_vec())];
    let secret = PrivateKeyDer::try_from(own.serialize_der()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .unwrap();
    (root.pem(), config)
}

#[test]
fn a_private_authority_is_trusted_where_the_settings_name_it_and_nowhere_else() {
    let Some(made) = made::small() else { return };
    let (pem, config) = authority();
    let server = Faulty::start_tls(Some(made.server.port), config, |_, _| Reply::Forward);
    let folder = Folder::new();
    folder.write("ca.pem", pem);
    folder.write("ai-cost.toml", made::SETTINGS);
    let audit = format!("audit {} {} --format json", report::asking(&server.url()), made::WINDOW);
    let said = super::unreachable(&server.url()).replace(&server.url(), "SERVER");
    insta::assert_snapshot!(said, @r"
    provider::unreachable

      × nothing could be read from SERVER
      ╰─▶ label values was refused: invalid peer certificate: UnknownIssuer: the
          server's authority is not known here; `ca_file` of the cluster's
          settings names it
      help: give a token, a user, headers or an authority in
            `[kubernetes.clusters.NAME]` of the settings
    ");
    let trusting = format!("{}\n[kubernetes.clusters.made]\nca_file = 'ca.pem'\n", made::SETTINGS);
    folder.write("ai-cost.toml", trusting);
    let found: std::collections::BTreeSet<_> =
        report::findings(&folder.run(&audit).json()).into_iter().collect();
    assert_eq!(found, made.world.truth.hits);
}
