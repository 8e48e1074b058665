//! Studio: a domain, its users, their spaces, and the apps in them.

use serde_json::json;

use super::{HOUR, PAYER_US, Place, START, World, bill, shapes};
use crate::aws::fake::{CostLine, Estate};

const PLACE: Place = PAYER_US;
const DOMAIN: &str = "d-0a1b2c3d4e5f";
const APP_TYPE: &str = "ml.g5.2xlarge";
const CREATED_AT: i64 = START - 90 * 24 * HOUR;

/// An app with a machine of its own, in the space of a user.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) user: &'static str,
    /// Whether the user has it shut down when idle; the domain does not.
    pub(crate) is_shut_down: bool,
}

impl App {
    /// Its id without provider, account and region.
    pub(crate) fn id(&self) -> String {
        format!("app/{DOMAIN}/{}-lab/jupyterlab/default", self.user)
    }

    fn space(&self) -> String {
        format!("{}-lab", self.user)
    }
}

pub(super) fn plant(world: &mut World) {
    for (user, is_shut_down) in [("ana", false), ("ben", true)] {
        let app = App { user, is_shut_down };
        // Apps tell nothing of their use; that one of them shuts down by itself its user says and nobody else.
        world.truth.add(&app.id(), &["telemetry-missing"], 0.0);
        if !is_shut_down {
            world.truth.unseen.insert(app.id());
        }
        world.apps.push(app);
    }
}

pub(super) fn put(world: &World, estate: &mut Estate) {
    let (account, region) = (PLACE.account(), PLACE.region());
    let arn = |what: &str| format!("arn:aws:sagemaker:{region}:{account}:{what}");
    let lifecycle = |is_on: bool| {
        let state = if is_on { "ENABLED" } else { "DISABLED" };
        let idle = json!({ "LifecycleManagement": state, "IdleTimeoutInMinutes": 60 });
        json!({ "JupyterLabAppSettings": { "AppLifecycleManagement": { "IdleSettings": idle } } })
    };
    let domain = json!({
        "DomainId": DOMAIN,
        "DomainArn": arn(&format!("domain/{DOMAIN}")),
        "DomainName": "science",
        "Status": "InService",
        "CreationTime": CREATED_AT,
        "DefaultUserSettings": lifecycle(false),
    });
    estate.put(account, region, "Domain", domain);
    for app in &world.apps {
        let user = json!({
            "DomainId": DOMAIN,
            "UserProfileName": app.user,
            "Status": "InService",
            "UserSettings": if app.is_shut_down { lifecycle(true) } else { json!({}) },
        });
        estate.put(account, region, "UserProfile", user);
        let space = json!({
            "DomainId": DOMAIN,
            "SpaceName": app.space(),
            "Status": "InService",
            "CreationTime": CREATED_AT,
            "OwnershipSettings": { "OwnerUserProfileName": app.user },
            "SpaceSharingSettings": { "SharingType": "Private" },
            "SpaceSettings": {
                "AppType": "JupyterLab",
                "SpaceStorageSettings": { "EbsStorageSettings": { "EbsVolumeSizeInGb": 100 } },
            },
        });
        estate.put(account, region, "Space", space);
        let document = json!({
            "DomainId": DOMAIN,
            "SpaceName": app.space(),
            "AppType": "JupyterLab",
            "AppName": "default",
            "AppArn": arn(&format!("app/{DOMAIN}/{}/JupyterLab/default", app.space())),
            "Status": "InService",
            "CreationTime": CREATED_AT,
            "ResourceSpec": { "InstanceType": APP_TYPE },
            // A health check of AWS's own.
            "LastUserActivityTimestamp": CREATED_AT,
        });
        estate.put(account, region, "App", document);
    }
}

/// What the apps cost on a day.
pub(super) fn lines(world: &World, day: i64) -> Vec<CostLine> {
    let line = |_: &App| CostLine {
        account: PLACE.account().to_owned(),
        region: PLACE.region().to_owned(),
        usage_type: format!("USE1-Studio:JupyterLab-{APP_TYPE}"),
        instance_type: APP_TYPE.to_owned(),
        ..bill::sagemaker(day, 24.0, shapes::sagemaker_usd(APP_TYPE))
    };
    world.apps.iter().map(line).collect()
}
